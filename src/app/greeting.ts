import type {Log} from '../model/log.js';
import type {WatchOptions} from '../options/watch-options.js';
import {isTerminal} from '../report/descriptor.js';
import type {Output} from '../report/output.js';
import {visibleText} from '../text/byte-text.js';
import type {WatchedEngine} from './surroundings.js';

/** Says, once the first picture is there, what a user who sees nothing happen would look for. */
export function greet({choice, hook, output, several}: WatchOptions, engines: readonly WatchedEngine[], log: Log, errors: Output): void {
	if (hook !== undefined && output === undefined && isTerminal(2))
		errors.write(`Watching: ${visibleText(hook.program)} is run for each change. Ctrl-C ends it.\n`);
	if (several !== undefined) return;
	const known = new Set(engines.flatMap(({engine}) => [...engine.picture.table.values()].map(({link}) => link.ifname)));
	for (const dev of choice.dev ?? [])
		if (!/[*?[]/.test(dev) && !known.has(dev)) log.warn({dev}, 'there is no such interface yet, waiting for it');
}
