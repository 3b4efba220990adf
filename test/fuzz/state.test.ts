import assert from 'node:assert/strict';
import {execFileSync} from 'node:child_process';
import {existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import fc from 'fast-check';
import {resumeState} from '../../src/diff/announce.js';
import {guestOf} from '../../src/diff/guest.js';
import {stepKey, withoutBlocked} from '../../src/diff/plan.js';
import {recallTable, rememberLinks} from '../../src/diff/remember.js';
import {SandboxLockedError, StateDirectoryError} from '../../src/model/errors.js';
import type {SandboxState} from '../../src/model/state.js';
import {findProgram} from '../../src/process/find-program.js';
import {SandboxLock} from '../../src/runtime/lock.js';
import {interfacePayload} from '../../src/runtime/payload.js';
import type {SandboxDirectory} from '../../src/runtime/sandbox.js';
import {StateFile} from '../../src/runtime/state-file.js';
import {planSteps} from '../helpers/plan-steps.js';
import {RecordingLog} from '../helpers/recording-log.js';
import {defaultRules, makeLink, told, wishesOf} from '../helpers/records.js';
import {scratchSandbox} from '../helpers/sandbox.js';
import {damage, damaged} from './damage.js';

const flock = findProgram('flock', process.env['PATH'] ?? '');

function take(directory: SandboxDirectory): SandboxLock {
	const lock = new SandboxLock(directory, identity.boot, flock);
	lock.refuseEarly();
	lock.takeNow();
	return lock;
}

const identity = {netns: '4:4026531840', boot: 'b00t'};
const links = [4, 5, 6, 7].map((ifindex) => makeLink(ifindex));
const good: SandboxState = {
	announced: {interfaces: [told(4), told(5, {standing: 'withdrawn'}), told(6, {standing: 'unsure'})], routes: '[]', routesOwed: false},
	links: links.map(({ifindex, address: hwaddr, link_kind: kind}) => ({ifindex, incarnation: 0, hwaddr, kind, sinceStart: ifindex > 5})),
	serial: 17,
};

/** What a start does if it finds no other netmon. */
function loadOf(file: StateFile): SandboxState | undefined {
	const kept = file.load();
	file.settle();
	return kept && resumeState(kept);
}

/** Replaces one value of a JSON document, chosen by a number, with anything. */
function withOther(document: unknown, at: number, value: unknown): unknown {
	let count = 0;
	const walk = (node: unknown): unknown => {
		count += 1;
		if (count - 1 === at) return value;
		if (Array.isArray(node)) return node.map(walk);
		if (typeof node !== 'object' || node === null) return node;
		return Object.fromEntries(Object.entries(node).map(([key, inner]) => [key, walk(inner)]));
	};
	return walk(document);
}

test('a state in which any value is changed is set aside, or usable: it can be planned from, told and saved again', (t) => {
	const directory = scratchSandbox(t);
	const start = () => new StateFile(directory, identity, new RecordingLog());
	start().save(good);
	const text = readFileSync(directory.announcedFile, 'utf8');
	const value = fc.oneof(
		fc.constantFrom<unknown>(
			null,
			[],
			{},
			'',
			'told',
			'unsure',
			0,
			1,
			2,
			4,
			5,
			6,
			10,
			2 ** 31,
			2 ** 53,
			-1,
			1.5,
			true,
			'\udcff',
			'__proto__',
		),
		fc.jsonValue({maxDepth: 2}),
	);
	let lived = 0;
	fc.assert(
		fc.property(fc.array(fc.tuple(fc.nat(90), value), {minLength: 1, maxLength: 3}), (changes) => {
			for (const name of readdirSync(directory.path)) rmSync(join(directory.path, name), {recursive: true});
			const document = changes.reduce<unknown>((changed, [at, other]) => withOther(changed, at, other), JSON.parse(text));
			writeFileSync(directory.announcedFile, JSON.stringify(document) ?? '');
			const store = start();
			const state = loadOf(store);
			if (state === undefined) {
				assert.ok(!existsSync(directory.announcedFile), 'set aside');
				return;
			}
			lived += 1;
			const {announced} = state;
			const table = recallTable(links, [], state, state.serial + 1, 0);
			const desired = wishesOf(table, announced.interfaces, defaultRules, 1000);
			const steps = planSteps(desired, announced, '[]');
			assert.ok(withoutBlocked(steps).length <= steps.length);
			assert.ok(new Set(steps.map(stepKey)).size <= steps.length);
			for (const {record} of announced.interfaces) JSON.parse(interfacePayload(record, 'kata-1.13'));
			assert.ok(guestOf(table, announced.interfaces).interfaces.size <= links.length);
			for (const step of steps) store.begin(step);
			store.save({announced, links: rememberLinks(table, announced), serial: state.serial + 1});
			assert.deepEqual(loadOf(start())?.announced, announced);
		}),
		{numRuns: 1000},
	);
	t.true(lived > 10, `${lived} were lived with`);
});

test('a lock with any content that no living netmon wrote is taken over at once', (t) => {
	const directory = scratchSandbox(t);
	const lock = take(directory);
	const held = readFileSync(directory.lockFile);
	lock.release();
	const content = fc.oneof(
		damage.map((how) => damaged(held, how)),
		fc.uint8Array({maxLength: 200}).map((bytes) => Buffer.from(bytes)),
		fc.jsonValue().map((value) => Buffer.from(JSON.stringify(value))),
		fc
			.record({
				pid: fc.oneof(fc.nat(), fc.constantFrom(0, 1, 2 ** 31, 2 ** 53, -1)),
				startedAt: fc.constantFrom('', '1'),
				boot: fc.constant('b00t'),
			})
			.map((owner) => Buffer.from(JSON.stringify(owner))),
	);
	fc.assert(
		fc.property(content, (bytes) => {
			rmSync(directory.lockFile, {force: true});
			writeFileSync(directory.lockFile, bytes);
			try {
				take(directory).release();
				assert.deepEqual(readdirSync(directory.path), []);
			} catch (error) {
				// A lock that names a living process is believed; the damaged one may still name this process.
				assert.ok(error instanceof SandboxLockedError, String(error));
				const {pid}: {pid?: unknown} = JSON.parse(bytes.toString('utf8'));
				assert.ok(existsSync(`/proc/${pid}`), `${pid} is not there`);
				assert.deepEqual(readFileSync(directory.lockFile), bytes);
			}
		}),
		{numRuns: 500},
	);
	t.pass();
});

test('a symbolic link in the place of the lock is nobody’s lock, and is replaced; what it points to is not touched', (t) => {
	const directory = scratchSandbox(t);
	const target = join(directory.path, 'target');
	symlinkSync(target, directory.lockFile);
	const dangling = take(directory);
	t.true(lstatSync(directory.lockFile).isFile());
	dangling.release();
	writeFileSync(target, JSON.stringify({pid: process.pid, startedAt: '', boot: identity.boot}));
	symlinkSync(target, directory.lockFile);
	const pointing = take(directory);
	t.true(lstatSync(directory.lockFile).isFile());
	pointing.release();
	t.deepEqual(readdirSync(directory.path), ['target']);
});

for (const [what, make] of [
	['a directory', (path: string) => mkdirSync(path)],
	['a pipe', (path: string) => void execFileSync('mkfifo', [path])],
] as const) {
	test(`${what} in the place of the lock is a clear error that names it, and is not waited for`, (t) => {
		const directory = scratchSandbox(t);
		make(directory.lockFile);
		const error = t.throws(() => take(directory), {instanceOf: StateDirectoryError});
		t.true(error?.message.includes(directory.lockFile));
		t.deepEqual(readdirSync(directory.path), ['netmon.lock']);
	});

	test(`${what} in the place of the state, or of the call, is set aside and not waited for`, (t) => {
		const directory = scratchSandbox(t);
		const start = () => new StateFile(directory, identity, new RecordingLog());
		make(directory.announcedFile);
		t.is(loadOf(start()), undefined);
		start().save(good);
		t.deepEqual(loadOf(start()), good);
		make(directory.intentFile);
		t.is(loadOf(start()), undefined);
		t.false(existsSync(directory.intentFile));
	});
}

test('a state behind a symbolic link is not read, but set aside', (t) => {
	const directory = scratchSandbox(t);
	const start = () => new StateFile(directory, identity, new RecordingLog());
	start().save(good);
	const target = join(directory.path, 'target');
	writeFileSync(target, readFileSync(directory.announcedFile));
	rmSync(directory.announcedFile);
	symlinkSync(target, directory.announcedFile);
	t.is(loadOf(start()), undefined);
	t.deepEqual(readdirSync(directory.path).sort(), ['announced.json.set-aside', 'target']);
});
