import {Args, Command} from '@oclif/core';
import {explain} from '../app/why.js';
import {checkWhyOptions} from '../options/inside-options.js';
import {whyOptions} from '../options/option-table.js';
import {flagsOf, notFromStdin} from './flags.js';

export default class Why extends Command {
	static override summary = 'Say what was decided about an interface or a route, and why';

	static override description =
		'Asks the running watch of the namespace or sandbox. Without one it says what a watch that starts now would decide. docs/reasons.md lists every reason.';

	static override examples = [
		{description: 'Everything, for the sandbox sb1', command: '<%= config.bin %> <%= command.id %> -s sb1'},
		{description: 'One interface of this namespace', command: '<%= config.bin %> <%= command.id %> eth1'},
		{
			description: 'The default route of the namespace web, for programs',
			command: '<%= config.bin %> <%= command.id %> default --netns web --json',
		},
	];

	static override args = {
		what: Args.string({...notFromStdin, description: 'an interface (name or index) or the destination of a route; default all'}),
	};

	static override flags = flagsOf(whyOptions);

	override async run(): Promise<number> {
		const {flags, args} = await this.parse(Why);
		return explain(checkWhyOptions(flags, args.what, process.env));
	}
}
