import type {Log} from '../model/log.js';
import type {WatchOptions} from '../options/watch-options.js';
import {isTerminal} from '../report/descriptor.js';
import type {Output} from '../report/output.js';
import {visibleText} from '../text/byte-text.js';
import {isShellPattern} from '../text/shell-pattern.js';
import type {WatchedEngine} from './surroundings.js';

/** Explains to a user why nothing seems to happen. Call it after the first picture. */
export function greet({choice, hook, output, several}: WatchOptions, engines: readonly WatchedEngine[], log: Log, errors: Output): void {
	if (hook !== undefined && output === undefined && isTerminal(2))
		errors.write(`Watching: ${visibleText(hook.program)} is run for each change. Ctrl-C ends it.\n`);
	const names = choice.dev?.filter((dev) => !isShellPattern(dev)) ?? [];
	if (several !== undefined || names.length === 0) return;
	const known = new Set(engines.flatMap(({engine}) => [...engine.picture.table.values()].map(({link}) => link.ifname)));
	for (const dev of names) if (!known.has(dev)) log.warn({dev}, 'there is no such interface yet, waiting for it');
}
