import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {bashScript} from '../completion/bash-script.js';
import {completedCommand} from '../completion/completed-command.js';
import {fishScript} from '../completion/fish-script.js';
import {zshScript} from '../completion/zsh-script.js';
import {exitCode} from '../model/errors.js';
import {commandTable, type Shell} from '../options/command-table.js';
import {print} from '../report/print.js';

const scripts = {
	bash: {template: 'netmon.bash', fill: bashScript},
	zsh: {template: '_netmon', fill: zshScript},
	fish: {template: 'netmon.fish', fill: fishScript},
};

/**
 * Prints the script with which a shell completes netmon's commands. Resolves to the exit code.
 *
 * @param root the folder of the package
 * @param summaries of the commands by name
 */
export async function printCompletion(shell: Shell, root: string, summaries: ReadonlyMap<string, string>): Promise<number> {
	const {template, fill} = scripts[shell];
	const commands = Object.entries(commandTable).map(([name, shape]) => completedCommand(name, summaries.get(name) ?? '', shape));
	await print(fill(readFileSync(join(root, 'completion', template), 'utf8'), commands));
	return exitCode.done;
}
