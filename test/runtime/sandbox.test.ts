import {chmodSync, existsSync, mkdirSync, readdirSync, statSync, symlinkSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import {makeDirectory, sandboxDirectory} from '../../src/runtime/sandbox.js';
import {scratchFolder} from '../helpers/runtime.js';

function mode(path: string): string {
	return (statSync(path).mode & 0o7777).toString(8);
}

for (const id of ['', '.', '..', '../x', 'a/b', '/etc', '-s', '_a', '.hidden', 'a b', 'a\n', 'a\0', 'ä', 'a;b', '$(x)', "a'b", '\udcff']) {
	test(`the sandbox id ${JSON.stringify(id)} is refused as a usage error, and nothing is made`, (t) => {
		const {path, close} = scratchFolder();
		t.teardown(close);
		t.throws(() => sandboxDirectory(path, id), {name: 'UsageError', message: /^invalid sandbox id /});
		t.deepEqual(readdirSync(path), []);
	});
}

for (const id of ['a', '0', 'sb-1', 'A.b_c-D', '0123456789abcdef'.repeat(4), 'a..b', 'a.']) {
	test(`the sandbox id "${id}" is taken, and everything of it lies in a directory of its own`, (t) => {
		const directory = sandboxDirectory('/state', id);
		t.is(directory.path, `/state/${id}`);
		t.deepEqual(
			[directory.sharedFile, directory.announcedFile, directory.intentFile, directory.lockFile],
			['shared.json', 'announced.json', 'call.json', 'netmon.lock'].map((name) => `/state/${id}/${name}`),
		);
	});
}

test('a state directory that is not an absolute path is refused', (t) => {
	for (const path of ['', 'state', './state', '../x']) t.throws(() => sandboxDirectory(path, 'sb'), {name: 'UsageError'});
});

test('every directory that is made has mode 0750, and those that were there keep theirs', (t) => {
	const {path, close} = scratchFolder();
	t.teardown(close);
	const outer = join(path, 'outer');
	mkdirSync(outer);
	chmodSync(outer, 0o711);
	makeDirectory(sandboxDirectory(join(outer, 'a', 'b'), 'sb'));
	t.is(mode(outer), '711');
	for (const made of ['a', 'a/b', 'a/b/sb']) t.is(mode(join(outer, made)), '750', made);
});

test('a directory that is there already is taken as it is', (t) => {
	const {path, close} = scratchFolder();
	t.teardown(close);
	const directory = sandboxDirectory(path, 'sb');
	makeDirectory(directory);
	writeFileSync(directory.announcedFile, 'kept');
	makeDirectory(directory);
	t.true(existsSync(directory.announcedFile));
});

test('a symbolic link in its place is refused, and nothing is made where it leads', (t) => {
	const {path, close} = scratchFolder();
	t.teardown(close);
	const elsewhere = join(path, 'elsewhere');
	mkdirSync(elsewhere);
	const directory = sandboxDirectory(join(path, 'state'), 'sb');
	mkdirSync(join(path, 'state'));
	symlinkSync(elsewhere, directory.path);
	t.throws(() => makeDirectory(directory), {name: 'StateDirectoryError', message: /it is a symbolic link/});
	t.deepEqual(readdirSync(elsewhere), []);
});

test('a file in its place is a clear error with its path', (t) => {
	const {path, close} = scratchFolder();
	t.teardown(close);
	const directory = sandboxDirectory(path, 'sb');
	writeFileSync(directory.path, '');
	const error = t.throws(() => makeDirectory(directory), {name: 'StateDirectoryError'});
	t.true(error?.message.includes(directory.path));
});
