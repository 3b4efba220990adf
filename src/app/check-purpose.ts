import {UsageError} from '../model/errors.js';
import type {WatchOptions} from '../options/watch-options.js';
import {routeTables} from '../probe/route-tables.js';
import {sandboxDirectory} from '../runtime/sandbox.js';

/** Checks that the options fit together, before anything is made or removed. */
export function checkPurpose(options: WatchOptions): void {
	const {sandbox, runtime, dryRun, stateDir, several, table} = options;
	routeTables(table);
	const sandboxes = several === undefined ? [sandbox] : several.choice.names.map((name) => several.sandboxOf?.(name));
	for (const id of sandboxes) if (id !== undefined) sandboxDirectory(stateDir, id);
	if (several !== undefined && options.record !== undefined) {
		throw new UsageError('--record records one namespace', 'Name it with --netns, or leave out --record.');
	}
	if (several !== undefined && options.hook?.state !== undefined) {
		throw new UsageError('--state keeps what was told of one namespace', 'Name it with --netns, or leave out --state.');
	}
	const called = sandbox !== undefined || several?.sandboxOf !== undefined;
	if (called && runtime === undefined && !dryRun) {
		throw new UsageError('a sandbox is named and no runtime', 'Name the runtime to call with -r PATH, or say --dry-run.');
	}
	if (!called && runtime !== undefined && !dryRun) {
		throw new UsageError('a runtime is named and no sandbox', 'Name the sandbox with -s ID, or leave out -r to observe only.');
	}
}
