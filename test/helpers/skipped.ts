import {appendFileSync} from 'node:fs';

/** Where `npm test` collects the skipped tests of all files (scripts/test.mjs); undefined where ava is run alone. */
const list = process.env['NETMON_TEST_SKIPPED'];

const said = new Set<string>();

/**
 * Reports a test that is skipped. `npm test` counts them and says at its end how many there were and why; otherwise each
 * reason is said once for a file.
 *
 * @param needs what the machine lacks; CI fails where it is `namespaces`
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
