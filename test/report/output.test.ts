import {execFileSync} from 'node:child_process';
import {closeSync, constants, openSync, readFileSync, readSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import type {Descriptor} from '../../src/report/descriptor.js';
import {Output} from '../../src/report/output.js';
import {scratchFolder} from '../helpers/runtime.js';
import {waitFor} from '../helpers/wait.js';

interface Pipe {
	readonly writer: Descriptor;
	/** What can be read now. */
	read(): string;
	closeReader(): void;
}

function makePipe(t: ExecutionContext): Pipe {
	const scratch = scratchFolder();
	const path = join(scratch.path, 'pipe');
	execFileSync('mkfifo', [path]);
	const reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
	const fd = openSync(path, constants.O_WRONLY | constants.O_NONBLOCK);
	t.teardown(() => scratch.close());
	const buffer = Buffer.alloc(1 << 20);
	return {
		writer: {fd, kind: 'pipe'},
		read() {
			let text = '';
			try {
				for (;;) text += buffer.toString('utf8', 0, readSync(reader, buffer));
			} catch {
				// EAGAIN: it is empty.
			}
			return text;
		},
		closeReader: () => closeSync(reader),
	};
}

function listen(): {dropped: (count: number) => string; gone: () => void; failed: (error: unknown) => void; heard: string[]} {
	const heard: string[] = [];
	return {
		dropped: (count) => `dropped ${count}\n`,
		gone: () => heard.push('gone'),
		failed: (error) => heard.push(String(error)),
		heard,
	};
}

/** Lines of 1,000 bytes, numbered. */
const line = (n: number) => `${String(n).padEnd(999, '.')}\n`;

test('lines reach a reader that reads, in their order', (t) => {
	const pipe = makePipe(t);
	const output = new Output(pipe.writer, listen());
	output.write('one\n');
	output.write('two\n');
	t.is(pipe.read(), 'one\ntwo\n');
});

test('story 17: what waits for a stalled reader is bounded; the rest is dropped, and counted once it reads, even if nothing more is written', async (t) => {
	const pipe = makePipe(t);
	const listener = listen();
	const output = new Output(pipe.writer, listener);
	for (let n = 0; n < 10_000; n += 1) output.write(line(n));
	let read = '';
	await waitFor('the count', () => {
		read += pipe.read();
		return read.includes('dropped');
	});
	const lines = read.split('\n').slice(0, -1);
	const count = lines.length - 1;
	t.true(count * 1000 > 8_000_000 && count * 1000 < 9_000_000, `${count}`);
	t.deepEqual(
		lines.slice(0, -1),
		Array.from({length: count}, (_, n) => line(n).trim()),
	);
	t.is(lines.at(-1), `dropped ${10_000 - count}`);
	t.deepEqual(listener.heard, []);
	output.write('later\n');
	t.is(pipe.read(), 'later\n');
});

test('dropped lines are counted before the next line if the reader reads only a part', async (t) => {
	const pipe = makePipe(t);
	const output = new Output(pipe.writer, listen());
	for (let n = 0; n < 10_000; n += 1) output.write(line(n));
	let read = '';
	await waitFor('some', () => {
		read += pipe.read();
		return read.length > 1_000_000;
	});
	output.write('later\n');
	await waitFor('all', () => {
		read += pipe.read();
		return read.endsWith('later\n');
	});
	t.regex(read, /\ndropped \d+\nlater\n$/);
});

test('a flush waits for the reader, but not longer than its limit', async (t) => {
	const pipe = makePipe(t);
	const output = new Output(pipe.writer, listen());
	for (let n = 0; n < 200; n += 1) output.write(line(n));
	await output.flush(20);
	let read = pipe.read();
	t.true(read.length < 200_000);
	const flushed = output.flush();
	await waitFor('the rest', () => {
		read += pipe.read();
		return read.length === 200_000;
	});
	await flushed;
	await output.flush();
	t.is(read, Array.from({length: 200}, (_, n) => line(n)).join(''));
});

test('a reader that goes is reported once, and nothing is kept for it', async (t) => {
	const pipe = makePipe(t);
	const listener = listen();
	const output = new Output(pipe.writer, listener);
	for (let n = 0; n < 200; n += 1) output.write(line(n));
	pipe.closeReader();
	await waitFor('its end', () => listener.heard.length > 0);
	for (let n = 0; n < 200; n += 1) output.write(line(n));
	await output.flush();
	t.deepEqual(listener.heard, ['gone']);
});

test('a reader that goes is reported once, also when nothing waited for it', async (t) => {
	const pipe = makePipe(t);
	const listener = listen();
	const output = new Output(pipe.writer, listener);
	output.write('one\n');
	pipe.closeReader();
	for (const late of ['two\n', 'three\n']) {
		output.write(late);
		// The turn of the event loop ends.
		await new Promise((resolve) => setImmediate(resolve));
	}
	t.deepEqual(listener.heard, ['gone']);
});

test('story 34: a full disk does not count as a reader that is gone: it is reported once, and a flush does not wait for room', async (t) => {
	const listener = listen();
	const fd = openSync('/dev/full', 'w');
	t.teardown(() => closeSync(fd));
	const output = new Output({fd, kind: 'file'}, listener);
	output.write('one\n');
	output.write('two\n');
	await output.flush();
	t.is(listener.heard.length, 1);
	t.regex(listener.heard[0] ?? '', /ENOSPC/);
});

test('a regular file gets its lines at once', (t) => {
	const scratch = scratchFolder();
	t.teardown(() => scratch.close());
	const path = join(scratch.path, 'file');
	writeFileSync(path, 'before\n');
	const output = new Output({fd: openSync(path, 'a'), kind: 'file'}, listen());
	output.write('after\n');
	t.is(readFileSync(path, 'utf8'), 'before\nafter\n');
});

test('the lines of a storm are written together when its turn ends, or when it has made many', async (t) => {
	const pipe = makePipe(t);
	const output = new Output(pipe.writer, listen());
	for (let n = 0; n < 60; n += 1) output.write(line(n));
	const alone = pipe.read().split('\n').length - 1;
	t.true(alone > 0 && alone < 60, `${alone}`);
	await Promise.resolve();
	t.is(pipe.read().split('\n').length - 1, 60 - alone);
});

test('what was gathered is written before the file is closed', (t) => {
	const scratch = scratchFolder();
	t.teardown(() => scratch.close());
	const path = join(scratch.path, 'file');
	const output = new Output({fd: openSync(path, 'w'), kind: 'file'}, listen());
	for (let n = 0; n < 60; n += 1) output.write(line(n));
	output.close();
	t.is(readFileSync(path, 'utf8').length, 60_000);
});
