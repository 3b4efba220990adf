import {appendFileSync} from 'node:fs';

/** Where `npm test` collects the skipped tests of all files (scripts/test.mjs); undefined if ava runs alone. */
const list = process.env['NETMON_TEST_SKIPPED'];

const said = new Set<string>();

/**
 * Reports a test that is skipped. `npm test` counts them, and prints at its end how many there were and why. Otherwise each reason is
 * printed once for each file.
 *
 * @param needs what the machine lacks; CI fails if it is `namespaces`
 */
export function reportSkipped(title: string, why: string, needs: 'namespaces' | 'other' = 'other'): void {
	if (list !== undefined) {
		appendFileSync(list, `${JSON.stringify({title, why, needs})}\n`);
		return;
	}
	if (said.has(why)) return;
	said.add(why);
	process.stderr.write(`skipped: "${title}" and all tests with the same need: ${why}\n`);
}
