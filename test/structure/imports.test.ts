import test from 'ava';
import {type Import, importsOf, readSources} from './sources.js';

/**
 * The rooms of src, highest level first. A file may import from its own room and from lower levels. An arrow to a higher level goes up,
 * and one to another room of the same level goes sideways; both are errors.
 */
const levels: readonly (readonly string[])[] = [
	['(entry)'],
	['commands'],
	['app', 'library'],
	['doctor'],
	['completion'],
	['options'],
	['host'],
	['watch', 'tell'],
	['diff', 'probe', 'runtime', 'hooks', 'journal', 'serve', 'service', 'report'],
	['process', 'files', 'time'],
	['model', 'json'],
	['text', 'version'],
];

/** Files of more than 200 lines, each with the reason that a reader would accept. */
const longFiles: Readonly<Record<string, string>> = {
	'probe/ask/batch-server.ts': 'Pairs the questions and answers of one process; the protocol does not come apart.',
	'process/child.ts': 'The life of one process, however its start fails.',
	'runtime/lock.ts': 'The lock of a sandbox, with and without flock(1); what they share is most of it.',
	'tell/runtime-agenda.ts': 'All that one consumer has to be told; each complication is a module that it names.',
	'options/option-table.ts': 'A table: one entry for each option of each command.',
	'watch/watcher.ts': 'One loop and its state; each complication is a module that it names.',
};

const longest = 200;

const sources = readSources();
const imports = sources.flatMap((source) => source.imports);
const paths = new Set(sources.map(({path}) => path));

function roomOf(path: string): string {
	const [room = '', ...rest] = path.split('/');
	if (rest.length > 0) return room;
	return path === 'version.ts' ? 'version' : '(entry)';
}

function levelOf(path: string): number {
	return levels.findIndex((rooms) => rooms.includes(roomOf(path)));
}

function isCrooked({from, to}: Import): boolean {
	return roomOf(from) !== roomOf(to) && levelOf(to) <= levelOf(from);
}

const arrow = ({from, to}: Import) => `${from} → ${to}`;

/** Groups of files that import one another, by any number of steps (Tarjan's algorithm). */
function cycles(edges: ReadonlyMap<string, readonly string[]>): string[][] {
	const index = new Map<string, number>();
	const low = new Map<string, number>();
	const stack: string[] = [];
	const found: string[][] = [];
	const visit = (node: string): number => {
		const own = index.size;
		index.set(node, own);
		stack.push(node);
		let lowest = own;
		for (const next of edges.get(node) ?? []) {
			if (!index.has(next)) lowest = Math.min(lowest, visit(next));
			else if (stack.includes(next)) lowest = Math.min(lowest, low.get(next) ?? index.get(next) ?? own);
		}
		low.set(node, lowest);
		if (lowest === own) {
			const group = stack.splice(stack.indexOf(node));
			if (group.length > 1 || edges.get(node)?.includes(node) === true) found.push(group.sort());
		}
		return lowest;
	};
	for (const node of edges.keys()) if (!index.has(node)) visit(node);
	return found;
}

test('imports are read in each of their forms', (t) => {
	const code = `
		import {a, type B} from './a.js';
		import type {
			C,
		} from '../model/c.js';
		export {d} from './d.js';
		import 'node:fs';
		const e = await import('execa');
		let f: typeof import('pino');
		const g = process.getBuiltinModule('node:crypto');
	`;
	t.deepEqual(
		importsOf('watch/x.ts', code).map(({to, typesOnly}) => [to, typesOnly]),
		[
			['watch/a.ts', false],
			['model/c.ts', true],
			['watch/d.ts', false],
			['node:fs', false],
			['execa', false],
			['pino', true],
			['node:crypto', false],
		],
	);
	t.true(imports.length > 200);
});

test('every file lies in a known room, and what it imports from src is there', (t) => {
	t.deepEqual(
		[...paths].filter((path) => levelOf(path) < 0),
		[],
	);
	const local = imports.filter(({to}) => to.endsWith('.ts'));
	t.deepEqual(local.filter(({to}) => !paths.has(to)).map(arrow), []);
});

test('no import goes up or sideways', (t) => {
	const crooked = imports.filter(({to}) => paths.has(to)).filter(isCrooked);
	t.deepEqual(crooked.map(arrow), []);
});

test('no files import one another in a cycle', (t) => {
	t.deepEqual(cycles(new Map(sources.map(({path, imports: own}) => [path, own.map(({to}) => to).filter((to) => paths.has(to))]))), []);
});

test('a cycle of any length is found', (t) => {
	const edges = new Map([
		['a', ['b']],
		['b', ['c', 'd']],
		['c', ['a']],
		['d', ['d']],
		['e', ['a']],
	]);
	t.deepEqual(cycles(edges), [['d'], ['a', 'b', 'c']]);
});

test('src/diff computes only: it imports model, text, json and deep-diff, and touches no clock, process or file', (t) => {
	const diff = sources.filter(({path}) => roomOf(path) === 'diff');
	const allowed = ['diff', 'model', 'text', 'json'];
	const strange = diff
		.flatMap((source) => source.imports)
		.filter(({to}) => (paths.has(to) ? !allowed.includes(roomOf(to)) : to !== 'deep-diff'));
	t.deepEqual(strange.map(arrow), []);
	const impure = /\b(?:process|console|performance|Date|Math\.random|setTimeout|setInterval|setImmediate|fetch)\b\s*[.(]/;
	t.deepEqual(
		diff.filter(({code}) => impure.test(code)).map(({path}) => path),
		[],
	);
});

test('only src/process starts processes', (t) => {
	const starters = imports
		.filter(({to, typesOnly}) => !typesOnly && ['node:child_process', 'child_process', 'execa'].includes(to))
		.map(({from}) => from)
		.filter((path) => roomOf(path) !== 'process');
	t.deepEqual(starters, []);
});

test('no file has more than 200 lines, but for the listed ones, and each of those still has', (t) => {
	const long = sources.filter(({lines}) => lines > longest).map(({path}) => path);
	t.deepEqual(long.sort(), Object.keys(longFiles).sort());
});
