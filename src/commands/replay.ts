import {Args, Command} from '@oclif/core';
import {replay} from '../app/replay.js';
import {replayOptions} from '../options/option-table.js';
import {checkReplayOptions} from '../options/replay-options.js';
import {flagsOf} from './flags.js';

export default class Replay extends Command {
	static override summary = 'Feed a recording through the same engine, and print what it does';

	static override description =
		`Takes a file that \`netmon watch --record FILE\` has written, on any machine: it needs neither root nor ip, and time passes at once.
Prints the events and the calls as lines, or the calls alone with --json: {"op":"add-iface","payload":…} a line. Nothing is called.`;

	static override examples = [
		{description: 'What netmon saw and did', command: '<%= config.bin %> <%= command.id %> recording.ndjson'},
		{
			description: 'The calls that were made, by name',
			command: `<%= config.bin %> <%= command.id %> recording.ndjson --json | jq -r '[.op, .payload.Name?] | join(" ")'`,
		},
	];

	static override args = {file: Args.string({description: 'what netmon watch --record has written', required: true})};

	static override flags = flagsOf(replayOptions);

	override async run(): Promise<number> {
		const {args, flags} = await this.parse(Replay);
		return replay(checkReplayOptions(args.file, flags, process.env));
	}
}
