import {execFileSync} from 'node:child_process';
import {existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {openRecordingFile} from '../../src/app/recording-file.js';
import {replayed} from '../../src/app/replay.js';
import {parseRecorded} from '../../src/host/recorded.js';
import {silentLog} from '../../src/model/log.js';
import {checkReplayOptions} from '../../src/options/replay-options.js';
import {scratch} from '../helpers/journals.js';
import {simulateRecording} from '../helpers/simulated-recordings.js';

type Given = Parameters<typeof checkReplayOptions>[1];

const replay = (files: readonly string[], options: Given) => replayed(checkReplayOptions(files, options, {}));

/** Histories; a higher number finds more. */
const seeds = Array.from({length: Number(process.env['NETMON_REPLAY_RUNS'] ?? 2)}, (_, index) => index + 1);

const fileIn = (t: ExecutionContext<unknown>) => join(scratch(t), 'recording.ndjson');

/** Whether each of these ends as it was recorded; says of those that do not how they end. */
async function wrongEnds(
	t: ExecutionContext<unknown>,
	options: Given,
	simulation: Parameters<typeof simulateRecording>[2],
): Promise<string[]> {
	const wrong: string[] = [];
	for (const seed of seeds) {
		const file = fileIn(t);
		await simulateRecording(file, seed, simulation);
		const {verdict} = await replay([file], options);
		if (verdict?.same !== true) wrong.push(`${seed}: ${verdict?.text}`);
	}
	return wrong;
}

test('issue 16: a replay makes the calls of the run', async (t) => {
	for (const seed of seeds) {
		const file = fileIn(t);
		const {calls} = await simulateRecording(file, seed, {fails: 0.2});
		const {text, verdict} = await replay([file], {json: true});
		t.deepEqual(text.split('\n').slice(0, -1), calls, `seed ${seed}`);
		t.is(verdict, undefined);
	}
});

test('issue 16: with every line of the monitor left out, the polls lead to the picture that was recorded', async (t) => {
	t.deepEqual(await wrongEnds(t, {drop: '100%'}, {observer: true}), []);
});

test('issue 16: with a third of the lines left out and calls that fail, the runtime ends with what was recorded', async (t) => {
	t.deepEqual(await wrongEnds(t, {drop: '30%', seed: '7', fail: ['add-iface:3', 'del-iface:1', 'update-routes:2']}, {}), []);
});

test('issue 16: with other times, the runtime ends with what was recorded', async (t) => {
	t.deepEqual(await wrongEnds(t, {interval: '1s', 'address-wait': '0ms'}, {}), []);
});

test('--drop leaves out the same lines for the same seed, and as many as it says', async (t) => {
	const file = fileIn(t);
	await simulateRecording(file, 3);
	const first = await replay([file], {drop: '25%'});
	const [, dropped, lines, seed] = /without (\d+) of (\d+) lines of the monitor \(--seed (\d+)\)/.exec(first.verdict?.text ?? '') ?? [];
	t.is(Number(dropped), Math.ceil(Number(lines) / 4));
	const again = await replay([file], {drop: '25%', seed: String(seed)});
	t.is(again.text, first.text);
	const leftOut = async (given: string) => (await replay([file], {drop: '25%', seed: given, step: true})).text;
	t.not(await leftOut('1'), await leftOut('2'));
});

/** An interface that was added, and not deleted since. */
function remaining(calls: readonly string[]): string | undefined {
	const last = new Map<string, string>();
	for (const call of calls) {
		const [, op = '', name] = /^{"op":"(add|del)-iface".*"Name":"([^"\\]*)"/.exec(call) ?? [];
		if (name !== undefined) last.set(name, op);
	}
	return [...last].find(([, op]) => op === 'add')?.[0];
}

test('a runtime that refuses one interface for ever ends without it, which is said', async (t) => {
	const file = fileIn(t);
	let added: string | undefined;
	// Not each history ends with an interface that was added.
	for (let seed = 1; added === undefined; seed += 1) added = remaining((await simulateRecording(file, seed)).calls);
	const {text, verdict} = await replay([file], {json: true, fail: [`add-iface@${added}:inf`]});
	t.false(verdict?.same);
	const end = JSON.parse(text.split('\n').at(-2) ?? '');
	t.is(end.end, 'different');
	t.true(
		end.differences.some((difference: {interface?: string}) => difference.interface === added),
		JSON.stringify(end),
	);
});

test('issue 16: a recording of several files is replayed with the calls of the run, in whatever order they are named', async (t) => {
	let several = false;
	for (const seed of seeds) {
		const file = fileIn(t);
		const {calls, parts} = await simulateRecording(file, seed, {sizeBytes: 5 * 40_000, happenings: 20});
		if (parts > 4) continue;
		const files = Array.from({length: parts}, (_, age) => (age === 0 ? file : `${file}.${age}`));
		t.true(files.every(existsSync));
		const {text} = await replay(files, {json: true});
		t.deepEqual(text.split('\n').slice(0, -1), calls, `seed ${seed}`);
		several ||= parts > 1;
	}
	t.true(several);
});

test('issue 16: each file of a recording can be replayed alone, and the last one leads to the same end', async (t) => {
	for (const seed of seeds) {
		const file = fileIn(t);
		const whole = fileIn(t);
		await simulateRecording(whole, seed, {happenings: 60});
		const {parts} = await simulateRecording(file, seed, {sizeBytes: 5 * 20_000, happenings: 60});
		t.true(parts > 2, `${parts} parts`);
		const ends = await Promise.all([whole, file].map(async (path: string) => lastRoutes((await replay([path], {json: true})).text)));
		if (ends[1] !== undefined) t.deepEqual(ends[1], ends[0], `seed ${seed}`);
		for (let age = 1; existsSync(`${file}.${age}`); age += 1) await replay([`${file}.${age}`], {json: true});
	}
});

const lastRoutes = (text: string) => text.split('\n').findLast((line) => line.startsWith('{"op":"update-routes"'));

test('a recording takes what it may, and each file begins so that it can be read alone', async (t) => {
	const folder = scratch(t);
	const file = join(folder, 'recording.ndjson');
	const {parts} = await simulateRecording(file, 2, {sizeBytes: 5 * 30_000, happenings: 200});
	t.true(parts > 4);
	t.deepEqual(readdirSync(folder).sort(), ['recording.ndjson', 'recording.ndjson.1', 'recording.ndjson.2', 'recording.ndjson.3']);
	for (const name of readdirSync(folder)) {
		const path = join(folder, name);
		t.true(statSync(path).size < 60_000);
		t.is(statSync(path).mode & 0o777, 0o640);
		const [first, second] = readFileSync(path, 'utf8')
			.split('\n', 2)
			.map((line) => parseRecorded(line));
		t.deepEqual([first?.what, second?.what], ['run', 'picture']);
	}
});

test('a new recording removes the files of an older one, and refuses to replace what is none', (t) => {
	const file = fileIn(t);
	writeFileSync(`${file}.1`, '{"what":"run","format":2}\n');
	openRecordingFile({path: file, sizeBytes: 1e9}, silentLog);
	t.false(existsSync(`${file}.1`));
	writeFileSync(`${file}.2`, 'my notes\n');
	t.throws(() => openRecordingFile({path: file, sizeBytes: 1e9}, silentLog), {message: /\.2 is in the way: it is no recording/});
	t.is(readFileSync(`${file}.2`, 'utf8'), 'my notes\n');
	rmSync(`${file}.2`);
	writeFileSync(`${file}.new`, 'my notes\n');
	t.throws(() => openRecordingFile({path: file, sizeBytes: 1e9}, silentLog), {message: /\.new is in the way/});
	rmSync(`${file}.new`);
	execFileSync('mkfifo', [`${file}.3`]);
	t.throws(
		() => openRecordingFile({path: file, sizeBytes: 1e9}, silentLog),
		{message: /\.3 is in the way/},
		'story 36: it waits for nobody',
	);
});
