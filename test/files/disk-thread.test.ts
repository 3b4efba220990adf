import {execFileSync, spawnSync} from 'node:child_process';
import {closeSync, constants, openSync, readFileSync, readSync, statSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import {type DiskAnswer, DiskThread} from '../../src/files/disk-thread.js';
import {scratch} from '../helpers/journals.js';
import {waitFor} from '../helpers/wait.js';

const nobody = () => undefined;

/** A busy machine may let the thread wait for longer than netmon waits for an answer. */
const patientDisk = () => new DiskThread(nobody, 60_000);

test('what was asked for is done when the call returns, so that it survives SIGKILL', (t) => {
	const disk = patientDisk();
	const folder = scratch(t);
	const [path, other] = [join(folder, 'file'), join(folder, 'other')];
	let fd = -1;
	disk.run([{do: 'create', path}], (answer) => {
		fd = 'value' in answer ? answer.value : -1;
	});
	t.is(statSync(path).mode & 0o777, 0o640);
	for (const text of ['one\n', 'two\n'])
		disk.run([{do: 'write', fd, bytes: Buffer.from(text)}], (answer) => t.deepEqual(answer, {value: 4}));
	t.is(readFileSync(path, 'utf8'), 'one\ntwo\n');
	disk.run(
		[
			{do: 'rename', from: path, to: other},
			{do: 'shift', from: path, to: other},
			{do: 'close', fd},
		],
		(answer) => t.deepEqual(answer, {value: 0}),
	);
	t.is(readFileSync(other, 'utf8'), 'one\ntwo\n');
});

test('an error ends the steps, and has the code of the system', (t) => {
	const disk = patientDisk();
	const full = openSync('/dev/full', 'w');
	const path = join(scratch(t), 'file');
	const answers: DiskAnswer[] = [];
	disk.run(
		[
			{do: 'write', fd: full, bytes: Buffer.from('x')},
			{do: 'create', path},
		],
		(answer) => answers.push(answer),
	);
	t.like(answers, [{error: {code: 'ENOSPC'}}]);
	t.throws(() => statSync(path), {code: 'ENOENT'});
	closeSync(full);
});

/** A write to a full pipe stalls, as one to a disk that does not answer. */
function stalledFile(folder: string): number {
	const path = join(folder, 'pipe');
	execFileSync('mkfifo', [path]);
	return openSync(path, constants.O_RDWR);
}

const moreThanFits = Buffer.alloc(100_000, 'x');

test('story 33: a disk that stalls is not waited for; what was asked meanwhile is done in order when it answers', async (t) => {
	const disk = new DiskThread(nobody);
	const folder = scratch(t);
	const fd = stalledFile(folder);
	const done: unknown[] = [];
	disk.run([{do: 'write', fd, bytes: moreThanFits}], () => done.push('write'));
	const path = join(folder, 'file');
	const begun = performance.now();
	for (let count = 0; count < 100; count += 1) disk.run([{do: 'remove', path}], () => done.push(count));
	t.true(performance.now() - begun < 5000, 'none of them is waited for');
	t.deepEqual(done, []);
	for (let left = moreThanFits.length; left > 0; ) left -= readSync(fd, Buffer.alloc(left));
	await waitFor('all answers', () => done.length === 101);
	t.deepEqual(done, ['write', ...Array.from({length: 100}, (_, count) => count)]);
});

test('story 33: a disk that stalls does not keep netmon from ending', (t) => {
	const folder = scratch(t);
	execFileSync('mkfifo', [join(folder, 'pipe')]);
	const script = `
		import {openSync} from 'node:fs';
		import {DiskThread} from ${JSON.stringify(new URL('../../src/files/disk-thread.js', import.meta.url).href)};
		const disk = new DiskThread(() => undefined);
		disk.run([{do: 'write', fd: openSync('pipe', 'r+'), bytes: Buffer.alloc(100_000)}], () => undefined);
		process.exit(0);
	`;
	const {signal, error} = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
		cwd: folder,
		timeout: 60_000,
		killSignal: 'SIGTERM',
	});
	t.deepEqual([signal, error], ['SIGKILL', undefined]);
});
