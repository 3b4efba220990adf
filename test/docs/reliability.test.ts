import {existsSync, readFileSync} from 'node:fs';
import test from 'ava';
import {root} from '../helpers/netmon.js';

const text = readFileSync(`${root}docs/reliability.md`, 'utf8');
const cited = [...text.matchAll(/`([^`]+ › [^`]+)`/g)].map(([, name = '']) => name).filter((name) => !name.startsWith('folder › '));

/** The stories on the page, by number. */
const stories = new Map(
	text
		.split(/^##+ /m)
		.filter((section) => /^\d+\. /.test(section))
		.map((section) => [Number.parseInt(section, 10), section]),
);

/** Stories without a complete test. Remove a number when its test exists. */
const withoutTest: readonly number[] = [];

/** The titles that a test file declares, as patterns. The text for each `${…}` must also be in the file. */
function titlesOf(source: string): RegExp[] {
	const declared =
		/\b(?:test|namespaceTest|namespaceTestWhere|namespaceTestIf|terminalTest|declare|chaos)(?:\.serial)?\(\s*(?:\w+,\s*)?(?:'((?:[^'\\]|\\.)+)'|"((?:[^"\\]|\\.)+)"|`([^`]+)`)/g;
	return [...source.matchAll(declared)].map(([, single, double, template]) => {
		const title = (single ?? double ?? template ?? '').replaceAll("\\'", "'");
		const parts = template === undefined ? [title] : title.split(/\$\{(?:[^{}]|\{[^{}]*\})*\}/);
		return new RegExp(`^${parts.map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('(.+)')}$`);
	});
}

function isDeclared(name: string): boolean {
	const [title = '', file = '', ...folders] = name.split(' › ').reverse();
	const path = `${root}test/${[...folders.reverse(), file].join('/')}.test.ts`;
	if (!existsSync(path)) return false;
	const source = readFileSync(path, 'utf8');
	return titlesOf(source).some((pattern) => {
		const match = pattern.exec(title);
		return match?.slice(1).every((part) => part === '…' || source.includes(part)) === true;
	});
}

test('every test that docs/reliability.md names exists', (t) => {
	t.true(cited.length > 100);
	t.deepEqual(
		cited.filter((name) => !isDeclared(name)),
		[],
	);
});

test('docs/reliability.md tells the forty failure stories, each with what netmon does', (t) => {
	t.deepEqual(
		[...stories.keys()],
		Array.from({length: 40}, (_, index) => index + 1),
	);
	for (const [number, story] of stories) t.regex(story, /\*\*netmon:\*\* \S/, `story ${number}`);
});

test('each failure story names a test, but for the listed ones, which say that they have none yet', (t) => {
	const open = [...stories].filter(([, story]) => story.includes('no test yet')).map(([number]) => number);
	t.deepEqual(open, withoutTest);
	for (const [number, story] of stories) if (!open.includes(number)) t.true(story.includes(' › '), `story ${number}`);
});
