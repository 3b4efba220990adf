import {readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';

/** The command line that runs another one with these variables, `NAME=VALUE`, and no others: neither Node nor a shell passes on every byte. */
export function withEnvironment(
	folder: string,
	entries: readonly Buffer[],
	[file, args]: readonly [string, readonly string[]],
): [string, string[]] {
	const list = join(folder, 'list');
	const words = [...entries, ...[file, ...args].map((word) => Buffer.from(word))];
	writeFileSync(list, Buffer.concat(words.flatMap((word) => [word, Buffer.from('\0')])));
	return ['xargs', ['-0', '-a', list, 'env', '-i', '--']];
}

/** What proc(5) says of an environment, sorted. */
export function entriesIn(environ: string): string[] {
	return readFileSync(environ, 'latin1').split('\0').slice(0, -1).sort();
}
