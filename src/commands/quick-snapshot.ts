import {takeSnapshot} from '../app/snapshot.js';
import {snapshotOptions} from '../options/option-table.js';
import {readQuickly} from '../options/quick-arguments.js';
import {checkSnapshotOptions} from '../options/snapshot-options.js';

/** `netmon snapshot` without oclif. Resolves to the exit code; undefined for help and mistakes, which oclif handles. */
export async function quickSnapshot(words: readonly string[]): Promise<number | undefined> {
	const given = readQuickly(words, snapshotOptions);
	return given && takeSnapshot(checkSnapshotOptions(given, process.env));
}
