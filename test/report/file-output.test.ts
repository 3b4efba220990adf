import {fstatSync, openSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {FileOutput} from '../../src/report/file-output.js';
import {scratch} from '../helpers/journals.js';
import {waitFor} from '../helpers/wait.js';

/** A disk that answers when the test wants it to. */
class HeldDisk {
	readonly pending: {readonly text: string; readonly done: (error: Error | null, written: number) => void}[] = [];
	readonly heard: unknown[] = [];
	readonly fd: number;
	readonly output: FileOutput;

	constructor(t: ExecutionContext<unknown>) {
		this.fd = openSync(join(scratch(t), 'file'), 'w');
		this.output = new FileOutput(
			this.fd,
			{dropped: (count) => `dropped ${count}\n`, failed: (error) => this.heard.push(error)},
			(_fd, bytes, done) => this.pending.push({text: bytes.toString(), done}),
		);
	}

	/** Lets one write end. */
	end(error: Error | null = null, written?: number): string {
		const [first] = this.pending.splice(0, 1);
		if (first === undefined) throw new Error('nothing is written');
		first.done(error, written ?? first.text.length);
		return first.text;
	}
}

test('issue 16: a disk that stalls is waited for by nobody; what comes meanwhile is written in order', (t) => {
	const disk = new HeldDisk(t);
	t.true(disk.output.write('one\n'));
	t.true(disk.output.write('two\n'));
	t.true(disk.output.write('three\n'));
	t.is(disk.pending.length, 1);
	t.is(disk.end(), 'one\n');
	t.is(disk.end(null, 4), 'two\nthree\n');
	t.is(disk.end(), 'three\n');
	t.is(disk.pending.length, 0);
});

test('what waits for a stalled disk is bounded, and what is dropped is said', (t) => {
	const disk = new HeldDisk(t);
	const line = `${'x'.repeat(999_999)}\n`;
	let taken = 0;
	for (let count = 0; count < 20; count += 1) if (disk.output.write(line)) taken += 1;
	t.is(taken, 9);
	disk.end();
	disk.end();
	t.is(disk.end(), 'dropped 11\n');
	t.true(disk.output.write('next\n'));
	t.is(disk.end(), 'next\n');
});

test('a disk that is full is tried again, and nothing is lost or written twice', async (t) => {
	const disk = new HeldDisk(t);
	disk.output.write('one\n');
	const flushed = disk.output.flush(60_000);
	disk.end(new Error('ENOSPC'));
	await flushed;
	disk.output.write('two\n');
	t.deepEqual(disk.heard.map(String), ['Error: ENOSPC']);
	await waitFor('another try', () => disk.pending.length > 0);
	t.is(disk.end(null, 2), 'one\n');
	t.is(disk.end(), 'e\n');
	t.is(disk.end(), 'two\n');
	t.is(disk.heard.length, 1);
});

test('a file is closed when the write that runs has ended: its number could be another file by then', (t) => {
	const disk = new HeldDisk(t);
	disk.output.write('one\n');
	disk.output.close();
	t.notThrows(() => fstatSync(disk.fd));
	disk.end();
	t.throws(() => fstatSync(disk.fd), {code: 'EBADF'});
	t.true(disk.output.write('two\n'));
	t.is(disk.pending.length, 0);
});

test('a file has what was written when the flush has ended', async (t) => {
	const path = join(scratch(t), 'file');
	const output = new FileOutput(openSync(path, 'w'), {dropped: () => '', failed: (error) => t.fail(String(error))});
	for (let count = 0; count < 100; count += 1) output.write(`${count}\n`);
	await output.flush(10_000);
	t.is(readFileSync(path, 'utf8'), Array.from({length: 100}, (_, count) => `${count}\n`).join(''));
	output.close();
});
