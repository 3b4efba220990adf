import test from 'ava';
import {Engine} from '../../src/host/engine.js';
import type {CallOutcome, CallReport, Consumer, Operation, RuntimeCall} from '../../src/model/call.js';
import type {Rules} from '../../src/model/rules.js';
import type {KeptState, SandboxState, StateStore} from '../../src/model/state.js';
import type {Step} from '../../src/model/step.js';
import {HeldClock} from '../helpers/held-clock.js';
import {listener} from '../helpers/listener.js';
import {RecordingLog} from '../helpers/recording-log.js';
import {defaultRules, loopback, makeLink, makeRoute} from '../helpers/records.js';
import {linkEvent, routeEvent, ScriptedProbe} from '../helpers/scripted-probe.js';

/** A runtime whose calls take some time of the held clock, and fail if the test says so. */
class ScriptedRuntime implements Consumer<RuntimeCall> {
	callMs = 0;
	/** Whether a call fails; decided when it ends. */
	fails: (op: Operation, payload: string) => boolean = () => false;
	/** `add-iface v4`, `update-routes 2`; the latter with the number of routes. */
	calls: string[] = [];
	/** When each call began. */
	at: number[] = [];
	payloads: string[] = [];
	mostAtOnce = 0;
	closedWith: number | undefined;
	#running = 0;
	readonly #clock: HeldClock;

	constructor(clock: HeldClock) {
		this.#clock = clock;
	}

	async tell({op, payload}: RuntimeCall): Promise<CallOutcome> {
		const parsed = JSON.parse(payload);
		this.calls.push(`${op} ${Array.isArray(parsed) ? parsed.length : parsed.name}`);
		this.at.push(this.#clock.now());
		this.payloads.push(payload);
		this.#running += 1;
		this.mostAtOnce = Math.max(this.mostAtOnce, this.#running);
		if (this.callMs > 0) await new Promise<void>((resolve) => this.#clock.after(this.callMs, resolve));
		this.#running -= 1;
		return this.fails(op, payload) ? {ok: false, reason: 'exit code 1'} : {ok: true};
	}

	async close(graceMs: number): Promise<void> {
		this.closedWith = graceMs;
	}

	/** Calls since the last time. */
	take(): string[] {
		return this.calls.splice(0);
	}
}

/** Keeps the state as text, as a file does. */
class KeptStore implements StateStore {
	text: string | undefined;
	/** What was done, in order. */
	steps: string[] = [];
	full = false;

	load(): KeptState | undefined {
		return this.text === undefined ? undefined : {state: JSON.parse(this.text)};
	}

	begin(step: Step): void {
		if (this.full) throw new Error('ENOSPC');
		this.steps.push(`begin ${step.op}`);
	}

	save(state: SandboxState): void {
		if (this.full) throw new Error('ENOSPC');
		this.text = JSON.stringify(state);
		this.steps.push(`save ${state.announced.interfaces.map(({record, standing}) => `${record.name} ${standing}`).join(', ')}`.trim());
	}
}

async function start(
	options: {rules?: Partial<Rules>; links?: ScriptedProbe['links']; store?: KeptStore; routes?: ScriptedProbe['routes']} = {},
) {
	const clock = new HeldClock();
	const probe = new ScriptedProbe(clock);
	probe.links = options.links ?? [loopback];
	probe.routes = options.routes ?? [];
	const runtime = new ScriptedRuntime(clock);
	const store = options.store ?? new KeptStore();
	const log = new RecordingLog();
	const reports: CallReport[] = [];
	const form = {interface: JSON.stringify, route: JSON.stringify, fingerprint: (text: string) => text};
	const events = listener({called: (report) => reports.push(report)});
	const engine = new Engine(
		{probe, clock, log, runtime: {consumer: runtime, store, form}, events},
		{rules: {...defaultRules, ...options.rules}, pollIntervalMs: 30_000},
	);
	const started = engine.start();
	await clock.pass(0);
	await started;
	await clock.pass(0);
	return {
		clock,
		probe,
		runtime,
		store,
		log,
		engine,
		reports,
		/** Sets the links of the namespace, and reports the change. */
		async have(...links: ScriptedProbe['links']) {
			const before = probe.links;
			probe.links = [loopback, ...links];
			const gone = before.filter((link) => !probe.links.includes(link) && link !== loopback);
			probe.monitor.tell(
				...gone.map((link) => linkEvent(link, {deleted: true})),
				...links.filter((link) => !before.includes(link)).map((link) => linkEvent(link)),
			);
			await clock.pass(0);
		},
		async haveRoutes(...routes: ScriptedProbe['routes']) {
			probe.routes = routes;
			probe.monitor.tell(routeEvent);
			await clock.pass(0);
		},
	};
}

const v4 = makeLink(4);
const v5 = makeLink(5);
const v6 = makeLink(6);

test('what has an address at the start is announced without a call, and so are the routes', async (t) => {
	const {clock, runtime, engine, store} = await start({links: [loopback, v4], routes: [makeRoute('10.9.0.0/16')]});
	await clock.pass(100_000);
	t.deepEqual(runtime.take(), []);
	t.deepEqual(
		engine.announced?.interfaces.map(({record}) => record.name),
		['v4'],
	);
	t.deepEqual([...new Set(store.steps)], ['save v4 told']);
});

test('an interface that comes is added and the routes are told; one that goes is deleted and they are told', async (t) => {
	const {clock, runtime, have} = await start();
	await have(v4);
	t.deepEqual(runtime.take(), ['add-iface v4', 'update-routes 0']);
	await have();
	t.deepEqual(runtime.take(), ['del-iface v4', 'update-routes 0']);
	await clock.pass(100_000);
	t.deepEqual(runtime.take(), []);
});

test('a new interface without an address is announced when it has not changed for --address-wait', async (t) => {
	const {clock, runtime, have} = await start();
	const bare = {...v4, addr_info: []};
	await have(bare);
	await clock.pass(99);
	t.deepEqual(runtime.take(), []);
	await have({...bare, mtu: 1400});
	await clock.pass(99);
	t.deepEqual(runtime.take(), [], 'counted from its last change');
	await clock.pass(1);
	t.deepEqual(runtime.take(), ['add-iface v4', 'update-routes 0']);
});

test('calls are made one at a time, and the next begins when the last has ended', async (t) => {
	const {clock, runtime, have} = await start();
	runtime.callMs = 20;
	await have(v4, v5, v6);
	await clock.pass(1000);
	t.deepEqual(runtime.take(), ['add-iface v4', 'add-iface v5', 'add-iface v6', 'update-routes 0']);
	t.deepEqual(runtime.at, [0, 20, 40, 60]);
	t.is(runtime.mostAtOnce, 1);
});

test('the content of a call is decided when its turn comes: what went meanwhile is not told, what changed is told as it is now', async (t) => {
	const {clock, runtime, have} = await start();
	runtime.callMs = 50;
	await have(v4, v5, v6);
	await have(v4, {...v6, mtu: 1400});
	await clock.pass(1000);
	t.deepEqual(runtime.take(), ['add-iface v4', 'add-iface v6', 'update-routes 0']);
	t.true(runtime.payloads[1]?.includes('"mtu":1400'));
});

test('deletes go before adds that have waited for longer', async (t) => {
	const {clock, runtime, have} = await start({links: [loopback, v4]});
	runtime.callMs = 50;
	await have(v4, v5, v6);
	await have(v5, v6);
	await clock.pass(1000);
	t.deepEqual(runtime.take(), ['add-iface v5', 'del-iface v4', 'add-iface v6', 'update-routes 0']);
});

test('a call that failed is retried with back-off, at least every thirty seconds', async (t) => {
	const {clock, runtime, haveRoutes, reports} = await start();
	runtime.fails = () => true;
	await haveRoutes(makeRoute('10.9.0.0/16', {dev: 'lo'}));
	await clock.pass(150_000);
	t.deepEqual(
		runtime.at.map((at, index) => at - (runtime.at[index - 1] ?? at)),
		[0, 200, 400, 800, 1600, 3200, 6400, 12_800, 25_600, 30_000, 30_000, 30_000],
	);
	t.deepEqual(
		reports.slice(0, 3).map(({op, ok, attempt, retryInMs, reason}) => ({op, ok, attempt, retryInMs, reason})),
		[200, 400, 800].map((retryInMs, index) => ({op: 'update-routes', ok: false, attempt: index + 1, retryInMs, reason: 'exit code 1'})),
	);
});

test('one that fails does not delay another', async (t) => {
	const {clock, runtime, have, haveRoutes} = await start();
	runtime.fails = (op, payload) => op === 'add-iface' && payload.includes('"v4"');
	await have(v4);
	t.deepEqual(runtime.take(), ['add-iface v4']);
	await have(v4, v5);
	t.deepEqual(runtime.take(), ['add-iface v5', 'update-routes 0']);
	await haveRoutes(makeRoute('10.9.0.0/16', {dev: 'v5'}));
	t.deepEqual(runtime.take(), ['update-routes 1']);
	await clock.pass(199);
	t.deepEqual(runtime.take(), []);
});

test('before an add is retried, what the failed one may have left is deleted', async (t) => {
	const {clock, runtime, have} = await start();
	let failures = 1;
	runtime.fails = (op) => op === 'add-iface' && failures-- > 0;
	await have(v4);
	await clock.pass(199);
	t.deepEqual(runtime.take(), ['add-iface v4']);
	await clock.pass(1);
	t.deepEqual(runtime.take(), ['del-iface v4', 'add-iface v4', 'update-routes 0']);
	await clock.pass(100_000);
	t.deepEqual(runtime.take(), []);
});

test('a call whose interface is gone is not retried, but what it may have left is deleted', async (t) => {
	const {clock, runtime, have} = await start();
	runtime.fails = (op) => op === 'add-iface';
	await have(v4);
	await have();
	t.deepEqual(runtime.take(), ['add-iface v4', 'del-iface v4', 'update-routes 0']);
	await clock.pass(100_000);
	t.deepEqual(runtime.take(), []);
});

test('a call with changed content is tried soon, however long the last one was held back', async (t) => {
	const {clock, runtime, haveRoutes} = await start();
	runtime.fails = () => true;
	await haveRoutes(makeRoute('10.9.0.0/16', {dev: 'lo'}));
	await clock.pass(60_000);
	runtime.take();
	runtime.fails = () => false;
	await haveRoutes(makeRoute('10.9.0.0/16', {dev: 'lo'}), makeRoute('10.8.0.0/16', {dev: 'lo'}));
	await clock.pass(200);
	t.deepEqual(runtime.take(), ['update-routes 2']);
});

test('while interface calls wait, routes that have changed come between them, at most once a second', async (t) => {
	const {clock, probe, runtime, have} = await start();
	runtime.callMs = 100;
	const links = Array.from({length: 40}, (_, index) => makeLink(10 + index));
	await have(...links);
	for (let n = 0; n < 39; n += 1) {
		probe.routes = [...probe.routes, makeRoute(`10.9.${n}.0/24`, {dev: 'lo'})];
		probe.monitor.tell(routeEvent);
		await clock.pass(100);
	}
	await clock.pass(10_000);
	t.is(runtime.calls.filter((call) => call.startsWith('add-iface')).length, 40);
	const routesAt = runtime.at.filter((_, index) => runtime.calls[index]?.startsWith('update-routes'));
	t.true(routesAt.length >= 4 && routesAt.length <= 6, `${routesAt}`);
	for (const [index, at] of routesAt.entries())
		if (index > 0) t.true(at - (routesAt[index - 1] ?? 0) >= 1000 || index === routesAt.length - 1);
	t.is(runtime.calls.at(-1), 'update-routes 39');
});

test('while interface calls wait, routes that have not changed wait for the last of them', async (t) => {
	const {clock, runtime, have} = await start();
	runtime.callMs = 100;
	await have(...Array.from({length: 40}, (_, index) => makeLink(10 + index)));
	await clock.pass(10_000);
	t.is(runtime.calls.length, 41);
	t.is(runtime.calls.at(-1), 'update-routes 0');
});

test('the state is written before each call and after it', async (t) => {
	const {runtime, store, have} = await start();
	store.steps.length = 0;
	await have(v4);
	t.deepEqual(runtime.take(), ['add-iface v4', 'update-routes 0']);
	t.deepEqual(store.steps, ['begin add-iface', 'save v4 told', 'begin update-routes', 'save v4 told']);
});

test('a call that cannot be recorded is not made, and is retried', async (t) => {
	const {clock, runtime, store, log, have} = await start();
	store.full = true;
	await have(v4);
	await clock.pass(1000);
	t.deepEqual(runtime.take(), []);
	t.true(log.lines.some(({level, fields}) => level === 'warn' && JSON.stringify(fields).includes('ENOSPC')));
	store.full = false;
	await clock.pass(30_000);
	t.deepEqual(runtime.take(), ['add-iface v4', 'update-routes 0']);
});

test('the next start catches up with what happened in between', async (t) => {
	const first = await start({links: [loopback, v4, v5]});
	await first.engine.stop(0);
	const {runtime} = await start({links: [loopback, v5, v6], store: first.store});
	t.deepEqual(runtime.take(), ['del-iface v4', 'add-iface v6', 'update-routes 0']);
});

test('after the end nothing is called any more; the call that runs is given the grace', async (t) => {
	const {clock, runtime, engine, have} = await start();
	runtime.callMs = 50;
	await have(v4, v5);
	const stopped = engine.stop(1234);
	await clock.pass(10_000);
	await stopped;
	t.is(runtime.closedWith, 1234);
	t.deepEqual(runtime.take(), ['add-iface v4']);
});

test('a route that is left out is logged once, when no call is about to change that', async (t) => {
	const {clock, log, haveRoutes} = await start({links: [loopback, v4]});
	const blackhole = makeRoute('10.9.0.0/16', {type: 'blackhole'});
	await haveRoutes(blackhole);
	await haveRoutes(blackhole, makeRoute('10.8.0.0/16'));
	await clock.pass(100_000);
	t.deepEqual(
		log.lines.filter(({message}) => message === 'route is not sent as it is').map(({level}) => level),
		['warn'],
	);
});

test('an observer makes no calls', async (t) => {
	const clock = new HeldClock();
	const probe = new ScriptedProbe(clock);
	probe.links = [loopback];
	const changes: string[] = [];
	const engine = new Engine(
		{
			probe,
			clock,
			log: new RecordingLog(),
			events: listener({
				looked: ({links}, {cause}) => changes.push(`${cause}: ${links.map(({after}) => after?.link.ifname)}`),
				called: () => changes.push('a call'),
			}),
		},
		{rules: defaultRules, pollIntervalMs: 30_000},
	);
	await engine.start();
	probe.links = [loopback, v4];
	probe.monitor.tell(linkEvent(v4));
	await clock.pass(1000);
	t.deepEqual(changes, ['start: lo', 'event: v4', 'event: ']);
	t.is(engine.announced, undefined);
	t.like(engine.figures, {interfaces: 2, routes: 0, monitorUp: true, drift: 0, waiting: 0});
	await engine.stop(0);
});

test('what waits for a hook, and what is held back, is shown like that of a runtime', async (t) => {
	const clock = new HeldClock();
	const held = {key: 'interface 4', attempts: 2, until: 1000, reason: 'exit code 1', stderr: undefined};
	const teller = {untold: {waiting: 1, held: 1, oldestMs: 5}, backlog: {waiting: ['route default'], running: undefined}, held: [held]};
	const audience = {observe() {}, stop: async () => undefined, teller};
	const engine = new Engine(
		{probe: new ScriptedProbe(clock), clock, log: new RecordingLog(), audience},
		{rules: defaultRules, pollIntervalMs: 30_000},
	);
	const {waiting, held: shown} = engine.inside();
	t.deepEqual([...waiting], ['route default']);
	t.deepEqual(shown, [{key: 'interface 4', attempts: 2, reason: 'exit code 1', stderr: undefined, inMs: 1000}]);
	t.like(engine.figures, {waiting: 1, held: 1, oldestMs: 5});
});
