import {execFileSync} from 'node:child_process';
import {
	chmodSync,
	chownSync,
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
import {openOwnFile, readOwnFile, removeFile, writeAnew, writeNewFile} from '../../src/files/own-file.js';
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

for (const [what, make, says] of [
	['a pipe', (path: string) => void execFileSync('mkfifo', [path]), 'it is a pipe'],
	['a directory', (path: string) => mkdirSync(path), 'it is a directory'],
	['a link to a device', (path: string) => symlinkSync('/dev/zero', path), 'it is a symbolic link'],
	['a link to nothing', (path: string) => symlinkSync(`${path}.none`, path), 'it is a symbolic link'],
] as const) {
	test(`${what} is refused by what reads and by what writes in place, and is not waited for`, (t) => {
		const {path: folder, close} = scratchFolder();
		t.teardown(close);
		const path = join(folder, 'file');
		make(path);
		t.throws(() => readOwnFile(path, 100), {name: 'NotOwnFileError', message: new RegExp(says)});
		for (const access of ['read', 'write'] as const) t.throws(() => openOwnFile(path, access), {name: 'NotOwnFileError'});
		t.deepEqual(readdirSync(folder), ['file']);
	});
}

test('a device is refused without being opened', (t) => {
	t.throws(() => readOwnFile('/dev/full', 100), {name: 'NotOwnFileError', message: /it is a device/});
	t.throws(() => openOwnFile('/dev/full', 'write'), {name: 'NotOwnFileError'});
});

test('a file longer than expected, or that others may write, is not read', (t) => {
	const {path: folder, close} = scratchFolder();
	t.teardown(close);
	const path = join(folder, 'file');
	writeFileSync(path, 'x'.repeat(101), {mode: 0o640});
	t.throws(() => readOwnFile(path, 100), {message: /it has 101 bytes, and at most 100 are expected/});
	t.is(readOwnFile(path, 101), 'x'.repeat(101));
	chmodSync(path, 0o646);
	t.throws(() => readOwnFile(path, 101), {message: /others may write it \(mode 646\)/});
	t.is(readOwnFile(join(folder, 'none'), 1), undefined);
});

test('a file with a second name is not written in place', (t) => {
	const {path: folder, close} = scratchFolder();
	t.teardown(close);
	writeFileSync(join(folder, 'victim'), 'untouched', {mode: 0o640});
	linkSync(join(folder, 'victim'), join(folder, 'file'));
	t.throws(() => openOwnFile(join(folder, 'file'), 'write'), {name: 'NotOwnFileError', message: /hard link/});
	t.is(readFileSync(join(folder, 'victim'), 'utf8'), 'untouched');
});

if (process.getuid?.() === 0) {
	test('a file of another user is refused', (t) => {
		const {path: folder, close} = scratchFolder();
		t.teardown(close);
		const path = join(folder, 'file');
		writeFileSync(path, '', {mode: 0o640});
		chownSync(path, 65534, 65534);
		t.throws(() => readOwnFile(path, 100), {message: /it belongs to user 65534/});
		t.throws(() => openOwnFile(path, 'write'), {message: /it belongs to user 65534/});
	});
}
