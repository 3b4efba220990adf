import {UsageError} from '../model/errors.js';
import {type Shell, shells} from './command-table.js';

export function checkShell(name: string): Shell {
	const shell = shells.find((known) => known === name);
	if (shell === undefined) throw new UsageError(`there is no completion for "${name}"`, `Use one of ${shells.join(', ')}.`);
	return shell;
}
