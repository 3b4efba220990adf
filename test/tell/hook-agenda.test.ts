import assert from 'node:assert/strict';
import test from 'ava';
import fc from 'fast-check';
import {absorb, everythingIn} from '../../src/diff/absorb.js';
import {firstTable} from '../../src/diff/first-table.js';
import {subjectChange} from '../../src/diff/subject-change.js';
import {Subjects} from '../../src/diff/subjects.js';
import type {CallOutcome, CallReport, Consumer} from '../../src/model/call.js';
import type {HookCall, HookMemory, HookStore, Subject} from '../../src/model/hook.js';
import type {Link} from '../../src/model/link.js';
import {silentLog} from '../../src/model/log.js';
import type {Picture} from '../../src/model/picture.js';
import type {Route} from '../../src/model/route.js';
import {HookAgenda, type HookAgendaOptions} from '../../src/tell/hook-agenda.js';
import {runtimeWords, Teller} from '../../src/tell/teller.js';
import {HeldClock} from '../helpers/held-clock.js';
import {inet, inet6, loopback, makeLink, makeRoute} from '../helpers/records.js';

const usual: HookAgendaOptions = {filter: () => true, initial: false, settleMs: 0, retries: 5, netns: undefined};

/** A program that takes some time, and fails if the test says so. */
class ScriptedProgram implements Consumer<HookCall> {
	callMs = 0;
	fails: (call: HookCall) => boolean = () => false;
	starts: () => boolean = () => true;
	readonly calls: HookCall[] = [];
	readonly at: number[] = [];
	mostAtOnce = 0;
	#running = 0;
	readonly #clock: HeldClock;

	constructor(clock: HeldClock) {
		this.#clock = clock;
	}

	async tell(call: HookCall): Promise<CallOutcome> {
		this.calls.push(call);
		this.at.push(this.#clock.now());
		this.#running += 1;
		this.mostAtOnce = Math.max(this.mostAtOnce, this.#running);
		if (this.callMs > 0) await new Promise<void>((resolve) => this.#clock.after(this.callMs, resolve));
		this.#running -= 1;
		if (!this.starts()) return {ok: false, reason: 'EAGAIN', started: false};
		return this.fails(call) ? {ok: false, reason: 'exit code 1'} : {ok: true};
	}

	async close(): Promise<void> {}

	take(): string[] {
		return this.calls.splice(0).map(describe);
	}
}

function describe({event}: HookCall): string {
	if ('interface' in event) return `${event.event} ${event.interface.ifname}`;
	return 'address' in event ? `${event.event} ${event.ifname} ${event.address.local}` : `${event.event} ${event.route.dst}`;
}

/** A namespace with a look after each change, and a hook. */
class World {
	readonly clock = new HeldClock();
	readonly program = new ScriptedProgram(this.clock);
	readonly agenda: HookAgenda;
	readonly teller: Teller<HookCall>;
	readonly reports: CallReport[] = [];
	/** What the log has as warnings and errors. */
	readonly logged: string[] = [];
	picture: Picture;
	#serial = 0;

	constructor(links: readonly Link[], routes: readonly Route[] = [], options: Partial<HookAgendaOptions> = {}, store?: HookStore) {
		const write = (fields: object, message: string) => void this.logged.push(`${message} ${JSON.stringify(fields)}`);
		const log = {...silentLog, warn: write, error: write};
		this.agenda = new HookAgenda({...usual, ...options}, {clock: this.clock, log, store, now: () => new Date(0)});
		this.teller = new Teller(this.agenda, this.program, {
			clock: this.clock,
			log,
			words: runtimeWords,
			onCall: (report) => this.reports.push(report),
		});
		this.picture = {table: firstTable(links, 0), routes: new Map([['inet', routes]])};
		this.agenda.observe(this.picture, everythingIn(this.picture));
		this.teller.wake();
	}

	look(links: readonly Link[], routes: readonly Route[] = [], reborn: readonly number[] = []): void {
		this.#serial += 1;
		const seen = {seen: links, gone: new Set<number>(), exhaustive: true, addressesMayLack: false, reborn: new Set(reborn)};
		const look = {
			links: {...seen, discontinuous: false, serial: this.#serial},
			routes: {byFamily: new Map([['inet', routes]] as const), complete: true},
		};
		const {picture, delta} = absorb(this.picture, look, this.clock.now());
		this.picture = picture;
		this.agenda.observe(picture, delta);
		this.teller.wake();
	}
}

const v4 = makeLink(4);

test('what is there at the start is not told, and is with --initial, as found', async (t) => {
	const quiet = new World([loopback, v4], [makeRoute('default')]);
	await quiet.clock.pass(0);
	t.deepEqual(quiet.program.take(), []);
	const loud = new World([v4], [makeRoute('default')], {initial: true});
	await loud.clock.pass(0);
	t.deepEqual(loud.program.take(), ['interface-found v4', 'address-found v4 10.4.0.2', 'route-found default']);
});

test('an interface is told before its addresses, and those before routes; what goes with it comes after it', async (t) => {
	const world = new World([loopback]);
	world.look([loopback, v4], [makeRoute('10.9.0.0/16')]);
	await world.clock.pass(0);
	t.deepEqual(world.program.take(), ['interface-added v4', 'address-added v4 10.4.0.2', 'route-added 10.9.0.0/16']);
	world.look([loopback]);
	await world.clock.pass(0);
	t.deepEqual(world.program.take(), ['interface-removed v4', 'address-removed v4 10.4.0.2', 'route-removed 10.9.0.0/16']);
});

test('ten changes during one call lead to one more, with the last state', async (t) => {
	const world = new World([v4]);
	world.program.callMs = 200;
	for (let mtu = 1400; mtu < 1410; mtu += 1) {
		world.look([makeLink(4, {mtu})]);
		await world.clock.pass(1);
	}
	await world.clock.pass(1000);
	t.deepEqual(
		world.program.calls.map(({event}) => 'interface' in event && event.interface.mtu),
		[1400, 1409],
	);
});

test('what came and went, or changed back, during a call is never told', async (t) => {
	const world = new World([v4]);
	world.program.callMs = 200;
	world.look([makeLink(4, {mtu: 1400})]);
	await world.clock.pass(1);
	world.look([makeLink(4, {mtu: 1400}), makeLink(5)]);
	world.look([makeLink(4, {mtu: 1300})]);
	world.look([makeLink(4, {mtu: 1400})]);
	await world.clock.pass(1000);
	t.deepEqual(world.program.take(), ['interface-changed v4']);
});

test('an IPv6 address is there once it can be used', async (t) => {
	const tentative = {...inet6('fd00::2'), tentative: true} as const;
	const world = new World([makeLink(4, {addr_info: []})]);
	world.look([makeLink(4, {addr_info: [tentative]})]);
	await world.clock.pass(0);
	t.deepEqual(world.program.take(), []);
	world.look([makeLink(4, {addr_info: [inet6('fd00::2')]})]);
	await world.clock.pass(0);
	t.deepEqual(world.program.take(), ['address-added v4 fd00::2']);
});

test('a program that fails three times is called four times for the change, with growing pauses; others are told meanwhile', async (t) => {
	const world = new World([v4]);
	let failures = 3;
	world.program.fails = ({event}) => event.event === 'interface-changed' && failures-- > 0;
	world.look([makeLink(4, {mtu: 1400})]);
	await world.clock.pass(1);
	world.look([makeLink(4, {mtu: 1400}), makeLink(5, {addr_info: []})]);
	await world.clock.pass(10_000);
	t.deepEqual(world.program.calls.map(describe), [
		'interface-changed v4',
		'interface-added v5',
		'interface-changed v4',
		'interface-changed v4',
		'interface-changed v4',
	]);
	const at = world.program.at.filter((_, index) => index !== 1);
	const pauses = at.slice(1).map((moment, index) => moment - (at[index] ?? 0));
	t.true(
		pauses.every((pause, index) => index === 0 || pause > (pauses[index - 1] ?? 0)),
		`${pauses}`,
	);
});

test('after --retries more calls a subject is left until it changes', async (t) => {
	const world = new World([v4], [], {retries: 2});
	world.program.fails = () => true;
	world.look([makeLink(4, {mtu: 1400})]);
	await world.clock.pass(1_000_000);
	t.is(world.program.take().length, 3);
	world.program.fails = () => false;
	world.look([makeLink(4, {mtu: 1300})]);
	await world.clock.pass(1000);
	t.deepEqual(world.program.take(), ['interface-changed v4']);
});

test('the log says what a call that failed was about in a few words, and then that it is given up', async (t) => {
	const world = new World([v4], [], {retries: 0});
	world.program.fails = () => true;
	world.look([makeLink(4, {addr_info: []})], [makeRoute('10.9.0.0/16')]);
	await world.clock.pass(0);
	t.deepEqual(world.logged, [
		'runtime call failed, it is held back {"op":"address-removed","ifindex":4,"ifname":"v4","address":"10.4.0.2/24","attempt":1,"durationMs":0,"reason":"exit code 1"}',
		'hook is given up until its subject changes {"event":"address-removed","attempts":1,"ifindex":4,"ifname":"v4","address":"10.4.0.2/24"}',
		'runtime call failed, it is held back {"op":"route-added","dst":"10.9.0.0/16","attempt":1,"durationMs":0,"reason":"exit code 1"}',
		'hook is given up until its subject changes {"event":"route-added","attempts":1,"dst":"10.9.0.0/16"}',
	]);
});

test('--settle waits until the subject has been quiet for that long', async (t) => {
	const world = new World([v4], [], {settleMs: 1000});
	for (let mtu = 1400; mtu < 1410; mtu += 1) {
		world.look([makeLink(4, {mtu})]);
		await world.clock.pass(500);
	}
	t.deepEqual(world.program.take(), []);
	await world.clock.pass(600);
	t.deepEqual(world.program.take(), ['interface-changed v4']);
});

test('deleted and made again between two looks is a removal and an addition, in that order', async (t) => {
	const world = new World([makeLink(4, {addr_info: []})]);
	world.look([makeLink(4, {addr_info: []})], [], [4]);
	await world.clock.pass(0);
	t.deepEqual(world.program.take(), ['interface-removed v4', 'interface-added v4']);
});

test('a change that no kind of --on names is settled without a call', async (t) => {
	const world = new World([v4], [], {filter: ({event}) => event === 'interface-removed'});
	world.look([makeLink(4, {mtu: 1400}), makeLink(5)]);
	world.look([makeLink(4, {mtu: 1400})]);
	await world.clock.pass(0);
	t.deepEqual(world.program.take(), ['interface-removed v5']);
});

test('deleted and made again with other addresses and routes: the new interface is told before them', async (t) => {
	const world = new World([makeLink(4)], [makeRoute('10.8.0.0/16')]);
	world.program.callMs = 10;
	world.look([makeLink(4, {addr_info: [inet('10.4.0.9')]})], [makeRoute('10.9.0.0/16')], [4]);
	await world.clock.pass(1000);
	t.deepEqual(world.program.take(), [
		'interface-removed v4',
		'address-removed v4 10.4.0.2',
		'interface-added v4',
		'address-added v4 10.4.0.9',
		'route-removed 10.8.0.0/16',
		'route-added 10.9.0.0/16',
	]);
});

test('of several routes of one key the first is told, since the kernel uses it: one put before it is a change', async (t) => {
	const [known, other] = [makeRoute('10.9.0.0/16', {gateway: '10.4.0.1'}), makeRoute('10.9.0.0/16', {gateway: '10.4.0.9'})];
	const world = new World([v4], [known]);
	world.look([v4], [known, other]);
	await world.clock.pass(0);
	t.deepEqual(world.program.take(), [], 'appended');
	world.look([v4], [other, known]);
	await world.clock.pass(0);
	t.deepEqual(world.program.take(), ['route-changed 10.9.0.0/16'], 'put before it');
	world.look([v4], [known]);
	await world.clock.pass(0);
	t.deepEqual(world.program.take(), ['route-changed 10.9.0.0/16'], 'the first is gone');
});

test('the kernel’s routes of two interfaces to one network are two subjects', async (t) => {
	const [first, second] = ['v4', 'v5'].map((dev) => makeRoute('fe80::/64', {family: 'inet6', dev, protocol: 'kernel', metric: 256}));
	assert.ok(first !== undefined && second !== undefined);
	const world = new World([v4], [first]);
	world.look([v4], [first, second]);
	world.look([v4], [second]);
	await world.clock.pass(0);
	t.deepEqual(
		world.program.calls.map(({event}) => `${event.event} ${'route' in event && event.route.dev}`),
		['route-added v5', 'route-removed v4'],
	);
});

test('a failed call is held back until its last try, and then it is none that is tried again', async (t) => {
	const world = new World([v4], [], {retries: 1});
	world.program.fails = () => true;
	world.look([makeLink(4, {mtu: 1400})]);
	await world.clock.pass(1);
	t.like(world.teller.held[0], {key: 'interface 4', attempts: 1, reason: 'exit code 1'});
	await world.clock.pass(100_000);
	t.deepEqual(world.teller.held, []);
	t.is(world.teller.untold.held, 1, 'docs/metrics.md: until its subject changes');
});

test('the last try does not name a time for the next', async (t) => {
	const world = new World([v4], [], {retries: 1});
	world.program.fails = () => true;
	world.look([makeLink(4, {mtu: 1400})]);
	await world.clock.pass(100_000);
	t.deepEqual(
		world.reports.map(({attempt, retryInMs}) => [attempt, retryInMs === undefined]),
		[
			[1, false],
			[2, true],
		],
	);
});

test('a start that fails counts as no failure of the program: it is tried until it runs', async (t) => {
	const world = new World([v4], [], {retries: 0});
	let starts = false;
	world.program.fails = () => !starts;
	world.program.starts = () => starts;
	world.look([makeLink(4, {mtu: 1400})]);
	await world.clock.pass(100_000);
	t.true(world.program.take().length > 3);
	starts = true;
	await world.clock.pass(100_000);
	t.deepEqual(world.program.take(), ['interface-changed v4']);
});

/** Keeps a copy of what it is given, like a file. */
class KeptMemory implements HookStore {
	kept: HookMemory | undefined;
	fails = false;

	load(): HookMemory | undefined {
		return this.kept;
	}

	save({told, tried, found}: HookMemory): void {
		if (this.fails) throw new Error('no space left on device');
		this.kept = {told: new Map(told), tried: new Map(tried), found: new Set(found)};
	}
}

test('a call that cannot be recorded is not made until it can', async (t) => {
	const store = new KeptMemory();
	const world = new World([v4], [], {retries: 1}, store);
	store.fails = true;
	world.look([makeLink(4, {mtu: 1400})]);
	await world.clock.pass(100_000);
	t.deepEqual(world.program.take(), []);
	store.fails = false;
	await world.clock.pass(100_000);
	t.deepEqual(world.program.take(), ['interface-changed v4']);
});

test('started again with what was kept: only what changed meanwhile is told, however incarnations are counted', async (t) => {
	const store = new KeptMemory();
	const before = new World([v4], [makeRoute('10.8.0.0/16')], {}, store);
	before.look([v4, makeLink(5), makeLink(6)], [makeRoute('10.8.0.0/16')]);
	await before.clock.pass(0);
	before.program.take();
	const other = makeLink(6, {address: '02:00:00:00:00:99'});
	const after = new World([makeLink(4, {mtu: 1400}), makeLink(5), other], [makeRoute('10.9.0.0/16')], {}, store);
	await after.clock.pass(0);
	t.deepEqual(after.program.take().sort(), [
		'address-added v6 10.6.0.2',
		'address-removed v6 10.6.0.2',
		'interface-added v6',
		'interface-changed v4',
		'interface-removed v6',
		'route-added 10.9.0.0/16',
		'route-removed 10.8.0.0/16',
	]);
	const again = new World([makeLink(4, {mtu: 1400}), makeLink(5), other], [makeRoute('10.9.0.0/16')], {}, store);
	await again.clock.pass(0);
	t.deepEqual(again.program.take(), []);
});

test('killed during a call about a change that was then undone: the next start tells the undoing', async (t) => {
	const store = new KeptMemory();
	const before = new World([v4], [], {}, store);
	before.program.callMs = 1000;
	before.look([v4], [makeRoute('10.8.0.0/16')]);
	await before.clock.pass(1);
	t.deepEqual(before.program.take(), ['route-added 10.8.0.0/16']);
	const after = new World([v4], [], {}, store);
	await after.clock.pass(0);
	t.deepEqual(after.program.take(), ['route-removed 10.8.0.0/16']);
});

test('killed before what was there at the start is told: the next start still says found', async (t) => {
	const store = new KeptMemory();
	const before = new World([v4], [], {initial: true}, store);
	before.program.callMs = 1000;
	await before.clock.pass(1);
	t.deepEqual(before.program.take(), ['interface-found v4']);
	const after = new World([v4], [], {initial: true}, store);
	await after.clock.pass(0);
	t.deepEqual(after.program.take(), ['interface-found v4', 'address-found v4 10.4.0.2']);
});

test('an interface that was found, went and came again is added', async (t) => {
	const world = new World([v4], [], {initial: true, filter: ({event}) => event !== 'interface-removed'});
	await world.clock.pass(0);
	world.program.take();
	world.look([]);
	world.look([makeLink(4, {addr_info: []})]);
	await world.clock.pass(0);
	t.deepEqual(world.program.take(), ['address-removed v4 10.4.0.2', 'interface-added v4']);
});

const someLink = fc
	.record({
		ifindex: fc.integer({min: 4, max: 6}),
		mtu: fc.constantFrom(1400, 1500),
		addresses: fc.subarray([inet('10.0.0.1'), inet('10.0.0.2')]),
	})
	.map(({ifindex, mtu, addresses}) => makeLink(ifindex, {mtu, addr_info: addresses}));
const someRoute = fc
	.record({dst: fc.constantFrom('default', '10.1.0.0/16'), gateway: fc.constantFrom('10.0.0.1', '10.0.0.9')})
	.map(({dst, gateway}) => makeRoute(dst, {gateway}));
const someLook = fc.record({
	links: fc.uniqueArray(someLink, {selector: ({ifindex}) => ifindex}),
	routes: fc.array(someRoute, {maxLength: 3}),
	reborn: fc.subarray([4, 5, 6]),
	pass: fc.constantFrom(0, 50, 300, 5000),
	fails: fc.boolean(),
});

test('for any changes, coalesced in any way: never two calls at once, and the last calls lead to what is there', async (t) => {
	await fc.assert(
		fc.asyncProperty(fc.array(someLook, {maxLength: 8}), fc.constantFrom(0, 100, 1000), async (looks, callMs) => {
			const world = new World([], [], {retries: 1000});
			const told = new Map<string, Subject>();
			world.program.callMs = callMs;
			for (const {links, routes, reborn, pass, fails} of looks) {
				world.program.fails = () => fails;
				world.look(links, routes, reborn);
				await world.clock.pass(pass);
			}
			world.program.fails = () => false;
			await world.clock.pass(200_000);
			assert.ok(world.program.mostAtOnce <= 1);
			const now = new Subjects();
			now.take(world.picture, everythingIn(world.picture));
			// The calls, one after the other, add up to what is there.
			const said = new Map<string, string>();
			for (const call of world.program.calls) {
				const key = subjectOf(call);
				if (call.op.endsWith('-removed')) said.delete(key);
				else said.set(key, recordOf(call));
			}
			for (const [key, subject] of now.all) told.set(key, subject);
			const there = [...told.values()].flatMap((subject) => {
				const change = subjectChange(undefined, subject);
				return change === undefined ? [] : [JSON.stringify(recordIn(change))];
			});
			assert.deepEqual([...said.values()].sort(), there.sort());
		}),
		{numRuns: 300},
	);
	t.pass();
});

function recordIn(change: object): unknown {
	if ('interface' in change && typeof change.interface === 'object') return {...change.interface, addr_info: undefined};
	return 'address' in change ? change.address : 'route' in change ? change.route : undefined;
}

function recordOf({event}: HookCall): string {
	return JSON.stringify(recordIn(event));
}

function subjectOf({event}: HookCall): string {
	if ('interface' in event) return `interface ${event.interface.ifindex}`;
	return 'address' in event ? `address ${event.ifindex} ${event.address.local}` : `route ${event.route.dst}`;
}
