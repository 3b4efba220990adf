import {Args, Command} from '@oclif/core';
import {printCompletion} from '../app/completion.js';
import {commandTable} from '../options/command-table.js';
import {checkShell} from '../options/completion-options.js';
import {flagsOf, notFromStdin} from './flags.js';

export default class Completion extends Command {
	static override summary = 'Print a script that makes bash, zsh or fish complete the commands of netmon';

	static override description =
		`The script completes commands, options and their values, and the names of namespaces and interfaces. It looks those up without starting
netmon. A Debian package has the scripts in place. After an installation by npm, put the script here:

  bash  ~/.local/share/bash-completion/completions/netmon
  zsh   _netmon in a folder of $fpath, before compinit runs
  fish  ~/.config/fish/completions/netmon.fish

bash reads that folder where bash-completion is installed. For one shell only, source the script: see the examples.`;

	static override examples = [
		{description: 'For this bash', command: 'source <(<%= config.bin %> <%= command.id %> bash)'},
		{
			description: 'For every bash from now on',
			command: '<%= config.bin %> <%= command.id %> bash > ~/.local/share/bash-completion/completions/netmon',
		},
		{description: 'For this zsh, after compinit', command: 'source <(<%= config.bin %> <%= command.id %> zsh)'},
		{description: 'For this fish', command: '<%= config.bin %> <%= command.id %> fish | source'},
	];

	static override args = {shell: Args.string({...notFromStdin, description: 'bash, zsh or fish', required: true})};

	static override flags = flagsOf(commandTable.completion.options);

	override async run(): Promise<number> {
		const {args} = await this.parse(Completion);
		return printCompletion(
			checkShell(args.shell),
			this.config.root,
			new Map(this.config.commands.map(({id, summary}) => [id, summary ?? ''])),
		);
	}
}
