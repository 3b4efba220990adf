import {readFileSync} from 'node:fs';
import test from 'ava';
import {root} from '../helpers/netmon.js';

const text = readFileSync(`${root}docs/reliability.md`, 'utf8');
const cited = [...text.matchAll(/`([^`]+ › [^`]+)`/g)].map(([, name = '']) => name).filter((name) => !name.startsWith('folder › '));

/** The titles that a test file declares, as patterns: what is filled in must itself stand in the file. */
function titlesOf(source: string): RegExp[] {
	const declared =
		/\b(?:test|namespaceTest|namespaceTestWhere|namespaceTestIf|chaos)(?:\.serial)?\(\s*(?:\w+,\s*)?(?:'((?:[^'\\]|\\.)+)'|"((?:[^"\\]|\\.)+)"|`([^`]+)`)/g;
	return [...source.matchAll(declared)].map(([, single, double, template]) => {
		const title = (single ?? double ?? template ?? '').replaceAll("\\'", "'");
		const parts = template === undefined ? [title] : title.split(/\$\{(?:[^{}]|\{[^{}]*\})*\}/);
		return new RegExp(`^${parts.map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('(.+)')}$`);
	});
}

function isDeclared(name: string): boolean {
	const [title = '', file = '', ...folders] = name.split(' › ').reverse();
	const source = readFileSync(`${root}test/${[...folders.reverse(), file].join('/')}.test.ts`, 'utf8');
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

test('each of the twenty failure stories has a test', (t) => {
	const stories = text.slice(text.indexOf('## The failure stories')).split('\n');
	for (let story = 1; story <= 20; story += 1) {
		t.true(
			stories.some((line) => line.startsWith(`| ${story} `) && line.includes(' › ')),
			`story ${story}`,
		);
	}
});
