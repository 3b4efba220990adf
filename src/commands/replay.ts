import {Command} from '@oclif/core';
import {printAnonymized} from '../app/anonymize.js';
import {replay} from '../app/replay.js';
import {replayOptions} from '../options/option-table.js';
import {checkReplayOptions} from '../options/replay-options.js';
import {flagsOf} from './flags.js';

export default class Replay extends Command {
	static override summary = 'Feed a recording through the same engine, and print what it does';

	static override description =
		`Reads what \`netmon watch --record FILE\` has written, on any machine: it needs neither root nor ip, and does not wait for time to pass.
Prints the events and the calls as lines, or the calls alone with --json: {"op":"add-iface","payload":…} a line. Nothing is called.
A recording of several files (FILE, FILE.1, …) is replayed from all of them, or from any one of them alone.

With --drop, --fail or a setting other than the recorded one it shows what would have happened, and the last line (on stderr; an object with
--json) says whether it ends as it was recorded: exits 0 if it does, 1 if not.`;

	static override usage = 'replay FILE… [OPTION…]';

	static override strict = false;

	static override examples = [
		{description: 'What netmon saw and did', command: '<%= config.bin %> <%= command.id %> recording.ndjson'},
		{
			description: 'The calls that were made, by name',
			command: `<%= config.bin %> <%= command.id %> recording.ndjson --json | jq -r '[.op, .payload.Name?] | join(" ")'`,
		},
		{
			description: 'Would it have ended right with every tenth event lost?',
			command: '<%= config.bin %> <%= command.id %> recording.ndjson --drop 10%',
		},
		{
			description: 'What if the runtime had refused eth1 three times?',
			command: '<%= config.bin %> <%= command.id %> recording.ndjson --fail add-iface@eth1:3',
		},
		{description: 'A copy that can be shared', command: '<%= config.bin %> <%= command.id %> --anonymize recording.ndjson > shared.ndjson'},
	];

	static override flags = flagsOf(replayOptions);

	override async run(): Promise<number> {
		const {argv, flags} = await this.parse(Replay);
		const options = checkReplayOptions(argv.map(String), flags, process.env);
		return options.anonymize ? printAnonymized(options.files) : replay(options);
	}
}
