import {openSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import {type Disk, type DiskAnswer, DiskThread} from '../../src/files/disk-thread.js';
import type {DiskStep} from '../../src/files/disk-work.js';
import {FileOutput} from '../../src/report/file-output.js';
import {scratch} from '../helpers/journals.js';
import {waitFor} from '../helpers/wait.js';

const textOf = (steps: readonly DiskStep[]) =>
	steps.map((step) => (step.do === 'write' ? Buffer.from(step.bytes).toString() : step.do)).join();

/** A disk that answers when the test wants it to. */
class HeldDisk implements Disk {
	readonly pending: {readonly text: string; readonly done: (answer: DiskAnswer) => void}[] = [];
	readonly heard: unknown[] = [];
	readonly output = new FileOutput(7, {dropped: (count) => `dropped ${count}\n`, failed: (error) => this.heard.push(error)}, this);

	run(steps: readonly DiskStep[], done: (answer: DiskAnswer) => void): void {
		this.pending.push({text: textOf(steps), done});
	}

	/** Lets one write end. */
	end(error?: Error, written?: number): string {
		const [first] = this.pending.splice(0, 1);
		if (first === undefined) throw new Error('nothing is written');
		first.done(error === undefined ? {value: written ?? first.text.length} : {error});
		return first.text;
	}
}

test('issue 16: a disk that stalls is waited for by nobody; what comes meanwhile is written in order', (t) => {
	const disk = new HeldDisk();
	t.true(disk.output.write('one\n'));
	t.true(disk.output.write('two\n'));
	t.true(disk.output.write('three\n'));
	t.is(disk.pending.length, 1);
	t.is(disk.end(), 'one\n');
	t.is(disk.end(undefined, 4), 'two\nthree\n');
	t.is(disk.end(), 'three\n');
	t.is(disk.pending.length, 0);
});

test('what waits for a stalled disk is bounded, and what is dropped is said', (t) => {
	const disk = new HeldDisk();
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
	const disk = new HeldDisk();
	disk.output.write('one\n');
	const flushed = disk.output.flush(60_000);
	disk.end(new Error('ENOSPC'));
	await flushed;
	disk.output.write('two\n');
	t.deepEqual(disk.heard.map(String), ['Error: ENOSPC']);
	await waitFor('another try', () => disk.pending.length > 0);
	t.is(disk.end(undefined, 2), 'one\n');
	t.is(disk.end(), 'e\n');
	t.is(disk.end(), 'two\n');
	t.is(disk.heard.length, 1);
});

test('a file is closed behind the write that runs: its number could be another file by then', (t) => {
	const disk = new HeldDisk();
	disk.output.write('one\n');
	disk.output.close();
	t.is(disk.end(), 'one\n');
	t.is(disk.end(), 'close');
	t.true(disk.output.write('two\n'));
	t.is(disk.pending.length, 0);
});

/** A disk that answers at once. */
function quickDisk(): Disk & {readonly written: string[]} {
	const written: string[] = [];
	return {
		written,
		run(steps, done) {
			written.push(textOf(steps));
			done({value: textOf(steps).length});
		},
	};
}

test('issue 16: lines are in the file when the write returns; those of a storm when the turn ends, or 64 KB of them', async (t) => {
	const disk = quickDisk();
	const output = new FileOutput(7, {dropped: () => '', failed: (error) => t.fail(String(error))}, disk);
	for (let count = 1; count <= 16; count += 1) {
		output.write(`${count}\n`);
		t.is(disk.written.at(-1), `${count}\n`);
	}
	output.write('17\n');
	output.write('18\n');
	t.is(disk.written.length, 16);
	await Promise.resolve();
	t.is(disk.written.at(-1), '17\n18\n');
	const line = `${'x'.repeat(1023)}\n`;
	for (let count = 0; count < 16 + 64; count += 1) output.write(line);
	t.is(disk.written.at(-1)?.length, 64 * 1024);
});

test('a file has what was written when the flush has ended', async (t) => {
	const path = join(scratch(t), 'file');
	const output = new FileOutput(
		openSync(path, 'w'),
		{dropped: () => '', failed: (error) => t.fail(String(error))},
		new DiskThread(() => undefined),
	);
	for (let count = 0; count < 100; count += 1) output.write(`${count}\n`);
	await output.flush(10_000);
	t.is(readFileSync(path, 'utf8'), Array.from({length: 100}, (_, count) => `${count}\n`).join(''));
	output.close();
});
