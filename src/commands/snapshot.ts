import {Command} from '@oclif/core';
import {takeSnapshot} from '../app/snapshot.js';
import {snapshotOptions} from '../options/option-table.js';
import {checkSnapshotOptions} from '../options/snapshot-options.js';
import {flagsOf} from './flags.js';

export default class Snapshot extends Command {
	static override summary = 'Print the interfaces, addresses and routes of a network namespace once';

	static override description =
		`Prints a table for people. With --json it prints one object for programs, {"interfaces": […], "routes": […]}, with the entries of
\`ip -j -d addr show\` and \`ip -j -d route show table main\`. With --payload it prints what the runtime would be sent.`;

	static override examples = [
		{description: 'Show this namespace', command: '<%= config.bin %> <%= command.id %>'},
		{
			description: 'Names of the interfaces that are up',
			command: `<%= config.bin %> <%= command.id %> --json | jq -r '.interfaces[] | select(.flags | index("UP")) | .ifname'`,
		},
		{
			description: 'What a runtime would be sent for the namespace web',
			command: '<%= config.bin %> <%= command.id %> --netns web --payload',
		},
	];

	static override flags = flagsOf(snapshotOptions);

	override async run(): Promise<number> {
		const {flags} = await this.parse(Snapshot);
		return takeSnapshot(checkSnapshotOptions(flags, process.env));
	}
}
