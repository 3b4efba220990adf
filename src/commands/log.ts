import {Command} from '@oclif/core';
import {showLog} from '../app/log.js';
import {checkLogOptions} from '../options/log-options.js';
import {logOptions} from '../options/option-table.js';
import {flagsOf} from './flags.js';

export default class Log extends Command {
	static override summary = 'Show what happened, when, and because of what';

	static override description =
		`Prints the events that \`netmon watch --journal DIR\` has kept. Effects stand under their cause: the routes that went
with an interface under the interface. What was there at the start is left out, unless routes or addresses are asked for by name.
A time without a zone is local; 12:03 is the last time that clocks here showed it.`;

	static override examples = [
		{
			description: 'What happened to the default route in the last hour',
			command: '<%= config.bin %> <%= command.id %> --route default --since -1h',
		},
		{
			description: 'What happened around noon to eth0',
			command: '<%= config.bin %> <%= command.id %> --since 11:55 --until 12:05 --dev eth0',
		},
		{description: 'All that concerns how 10.0.0.7 is reached', command: '<%= config.bin %> <%= command.id %> --address 10.0.0.7'},
		{
			description: 'Routes that went in the last day, for a program',
			command: `<%= config.bin %> <%= command.id %> --since -1d --json | jq -r 'select(.event == "route-removed") | .route.dst'`,
		},
	];

	static override flags = flagsOf(logOptions);

	override async run(): Promise<number> {
		const {flags} = await this.parse(Log);
		return showLog(checkLogOptions(flags, process.env, new Date()));
	}
}
