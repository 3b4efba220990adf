import {
	chmodSync,
	existsSync,
	linkSync,
	lstatSync,
	mkdirSync,
	readdirSync,
	readFileSync,
	rmSync,
	statSync,
	symlinkSync,
	writeFileSync,
} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import {removeFile, writeAnew, writeNewFile} from '../../src/files/own-file.js';
import {makeDirectory, sandboxDirectory} from '../../src/runtime/sandbox.js';
import {scratchFolder} from '../helpers/runtime.js';

function mode(path: string): string {
	return (statSync(path).mode & 0o7777).toString(8);
}

for (const umask of [0o000, 0o022, 0o077, 0o777]) {
	test.serial(`under the umask ${umask.toString(8)} a file has mode 640 and its directory 750`, (t) => {
		const {path, close} = scratchFolder();
		t.teardown(close);
		const directory = sandboxDirectory(path, 'sb');
		const before = process.umask(umask);
		try {
			writeAnew(directory.sharedFile, '[]', () => makeDirectory(directory));
		} finally {
			process.umask(before);
		}
		t.is(mode(directory.sharedFile), '640');
		t.is(mode(directory.path), '750');
	});
}

test('a file that is there is replaced, and not written to', (t) => {
	const {path, close} = scratchFolder();
	t.teardown(close);
	const file = join(path, 'file');
	const other = join(path, 'other');
	writeFileSync(file, 'a long content that was there before', {mode: 0o600});
	linkSync(file, other);
	writeNewFile(file, 'new');
	t.is(readFileSync(file, 'utf8'), 'new');
	t.is(readFileSync(other, 'utf8'), 'a long content that was there before');
	t.is(mode(file), '640');
});

test('a symbolic link in its place is never followed', (t) => {
	const {path, close} = scratchFolder();
	t.teardown(close);
	const file = join(path, 'file');
	const target = join(path, 'target');
	writeFileSync(target, 'untouched');
	symlinkSync(target, file);
	writeNewFile(file, 'new');
	t.is(readFileSync(target, 'utf8'), 'untouched');
	t.true(lstatSync(file).isFile());
	rmSync(target);
	rmSync(file);
	symlinkSync(target, file);
	writeNewFile(file, 'new');
	t.false(existsSync(target), 'nor one that leads to nothing');
});

test('a directory in its place is an error, and is left alone', (t) => {
	const {path, close} = scratchFolder();
	t.teardown(close);
	const file = join(path, 'file');
	mkdirSync(file);
	t.throws(() => writeNewFile(file, 'new'));
	t.true(statSync(file).isDirectory());
});

test('the directory is made again where somebody has removed it', (t) => {
	const {path, close} = scratchFolder();
	t.teardown(close);
	const directory = sandboxDirectory(join(path, 'state'), 'sb');
	const write = (content: string) => writeAnew(directory.sharedFile, content, () => makeDirectory(directory));
	write('1');
	rmSync(join(path, 'state'), {recursive: true});
	write('2');
	t.is(readFileSync(directory.sharedFile, 'utf8'), '2');
	t.is(mode(directory.path), '750');
});

test('text of any length and any characters is written whole', (t) => {
	const {path, close} = scratchFolder();
	t.teardown(close);
	const text = `${'ünïcödé😀'.repeat(200_000)}\0end`;
	writeNewFile(join(path, 'file'), text);
	t.is(readFileSync(join(path, 'file'), 'utf8'), text);
});

test('nothing is left of a file that could not be written', (t) => {
	// A full disk that every system has: writing there fails with ENOSPC.
	t.throws(() => writeNewFile('/dev/full/file', 'x'), {code: 'ENOTDIR'});
	const {path, close} = scratchFolder();
	t.teardown(close);
	t.throws(() => writeNewFile(join(path, 'none', 'file'), 'x'), {code: 'ENOENT'});
	t.deepEqual(readdirSync(path), []);
});

test('removing a file that is not there is as good as removing one', (t) => {
	const {path, close} = scratchFolder();
	t.teardown(close);
	t.notThrows(() => removeFile(join(path, 'none')));
	writeFileSync(join(path, 'file'), '');
	chmodSync(join(path, 'file'), 0);
	removeFile(join(path, 'file'));
	t.deepEqual(readdirSync(path), []);
	mkdirSync(join(path, 'directory'));
	t.throws(() => removeFile(join(path, 'directory')));
});
