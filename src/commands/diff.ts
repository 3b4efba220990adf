import {Args, Command} from '@oclif/core';
import {showDiff} from '../app/diff.js';
import {checkDiffOptions} from '../options/diff-options.js';
import {diffOptions} from '../options/option-table.js';
import {flagsOf, notFromStdin} from './flags.js';

export default class Diff extends Command {
	static override summary = 'Show what differs between two namespaces, snapshots or moments';

	static override description =
		`A and B are each a file (the output of \`netmon snapshot --json\` or \`ip -j -d addr show\`), netns:NAME, pid:PID, or @TIME in a journal
(@12:03, @-5m). Without B, A is compared with what is there now. One namespace at two times is compared in full. Between two namespaces, what
differs by nature is left out: indices, hardware addresses, link-local addresses, and the routes that the kernel makes for addresses.

Exits 0 if nothing differs, 1 if something does, and 2 if they cannot be compared.`;

	static override examples = [
		{description: 'What differs between two pods', command: '<%= config.bin %> <%= command.id %> netns:a netns:b'},
		{description: 'What has changed since noon', command: '<%= config.bin %> <%= command.id %> @12:00'},
		{description: 'What has changed since a snapshot', command: '<%= config.bin %> <%= command.id %> before.json'},
	];

	static override args = {
		a: Args.string({...notFromStdin, description: 'a file, netns:NAME, pid:PID or @TIME', required: true}),
		b: Args.string({...notFromStdin, description: 'the same; default: what is there now'}),
	};

	static override flags = flagsOf(diffOptions);

	override async run(): Promise<number> {
		const {args, flags} = await this.parse(Diff);
		return showDiff(checkDiffOptions([args.a, args.b], flags, process.env, new Date()));
	}
}
