import {Command} from '@oclif/core';
import {verify} from '../app/verify.js';
import {checkVerifyOptions} from '../options/inside-options.js';
import {verifyOptions} from '../options/option-table.js';
import {flagsOf} from './flags.js';

export default class Verify extends Command {
	static override summary = 'Compare the namespace of a sandbox, what its runtime was told, and its guest';

	static override description =
		'Asks the running watch of the sandbox. Exits 0 if all sides agree, 1 if they differ (marked with "!"), and 2 for any trouble.';

	static override examples = [
		{description: 'Namespace and announced', command: '<%= config.bin %> <%= command.id %> -s sb1'},
		{
			description: 'The guest too',
			command: `<%= config.bin %> <%= command.id %> -s sb1 --guest 'ssh guest "ip -j -d addr; ip -j route"'`,
		},
	];

	static override flags = flagsOf(verifyOptions);

	override async run(): Promise<number> {
		const {flags} = await this.parse(Verify);
		return verify(checkVerifyOptions(flags, process.env));
	}
}
