import {existsSync, readdirSync, readFileSync} from 'node:fs';
import test from 'ava';
import {root} from '../helpers/netmon.js';

const rooms = ['src', 'test', 'bench', 'demo', 'scripts', 'docs'];
const files = rooms
	.flatMap((room) => readdirSync(`${root}${room}`, {recursive: true, encoding: 'utf8'}).map((path) => `${room}/${path}`))
	.filter((path) => /\.(?:ts|mjs|cjs|c|md)$/.test(path) && path !== 'test/docs/citations.test.ts');

/** `docs/rules.md`, `docs/rules.md, rule 7`, `docs/reliability.md, story 1`, `docs/iproute2.md, "Stale names"`. */
const citation =
	/(?<![\w/])((?:docs\/[\w-]+|README|CHANGELOG)\.md)(?:, (?:(rule|rules|story|stories) (\d+)(?: (?:and|to) (\d+))?|"([^"]+)"))?/g;

/** Notes for the project's authors. They are not in the repository, so nobody can follow a reference to them. */
const foreign = /\b(?:IPROUTE2|FAILURES|EVENTS|DESIGN|STACK)\.md\b|\bSPEC (?:rule|section)/;

function headingsOf(page: string): string[] {
	return [...readFileSync(`${root}${page}`, 'utf8').matchAll(/^##+ (.*)$/gm)].map(([, heading = '']) => heading.replaceAll('`', ''));
}

function isThere(page: string, kind: string | undefined, numbers: readonly string[], section: string | undefined): boolean {
	if (!existsSync(`${root}${page}`)) return false;
	const headings = headingsOf(page);
	if (section !== undefined) return headings.includes(section.replaceAll('`', ''));
	const start = kind?.startsWith('rule') ? 'Rule ' : '';
	return numbers.every((number) => headings.some((heading) => heading.startsWith(`${start}${number}. `)));
}

test('every page of the project that a comment or a page cites is there, with the rule, story or section', (t) => {
	const missing: string[] = [];
	for (const file of files) {
		for (const match of readFileSync(`${root}${file}`, 'utf8').matchAll(citation)) {
			const [whole, page = '', kind, first, last, section] = match;
			const numbers = [first, last].filter((number) => number !== undefined);
			if (!isThere(page, kind, numbers, section)) missing.push(`${file}: ${whole}`);
		}
	}
	t.deepEqual(missing, []);
});

test('nothing cites notes that are not in the repository', (t) => {
	t.deepEqual(
		files.filter((file) => foreign.test(readFileSync(`${root}${file}`, 'utf8'))),
		[],
	);
});
