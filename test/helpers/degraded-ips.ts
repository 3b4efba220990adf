import {accessSync, constants, readdirSync} from 'node:fs';
import {join} from 'node:path';
import {root} from './netmon.js';

const folder = join(root, 'test/fixtures/ip');

/** The programs of test/fixtures/ip. Each is an `ip` with one quirk, and is named after it. */
export const quirks: readonly string[] = readdirSync(folder)
	.filter((name) => !name.includes('.'))
	.sort();

/** The path of the `ip` with this quirk. */
export function degradedIp(quirk: string): string {
	const path = join(folder, quirk);
	accessSync(path, constants.X_OK);
	return path;
}
