import {constants} from 'node:buffer';
import {existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import fc from 'fast-check';
import {droppedEvent} from '../../src/app/dropped-event.js';
import {openJournal} from '../../src/app/journal.js';
import {absorb, everythingIn} from '../../src/diff/absorb.js';
import {firstTable} from '../../src/diff/first-table.js';
import type {Disk} from '../../src/files/disk-thread.js';
import {EventFeed} from '../../src/host/event-feed.js';
import {parseEventLine} from '../../src/journal/event-line.js';
import {Fold, type FoldedPicture, NamespaceFold} from '../../src/journal/fold.js';
import {Journal} from '../../src/journal/journal.js';
import {segmentShare} from '../../src/journal/retention.js';
import {listSegments} from '../../src/journal/segment.js';
import type {SegmentOutput} from '../../src/journal/segment-writer.js';
import {type Event, type EventBody, eventVersion} from '../../src/model/event.js';
import type {Link} from '../../src/model/link.js';
import {silentLog} from '../../src/model/log.js';
import type {Picture} from '../../src/model/picture.js';
import type {Route} from '../../src/model/route.js';
import type {Sink} from '../../src/model/sink.js';
import {beginning, type Happening, happening} from '../diff/world.js';
import {diskNow, StalledDisk} from '../helpers/disks.js';
import {HeldClock} from '../helpers/held-clock.js';
import {scratch} from '../helpers/journals.js';
import {loopback, makeRoute} from '../helpers/records.js';
import {mistakeOf} from '../helpers/schemas.js';
import {waitFor} from '../helpers/wait.js';

/** Sets, because events do not give an order. */
function comparable({interfaces, routes}: Pick<FoldedPicture, 'interfaces' | 'routes'>) {
	const texts = (list: readonly object[]) => list.map((item) => JSON.stringify(item)).sort();
	return {
		interfaces: interfaces.map((link) => ({...link, addr_info: texts(link.addr_info)})).toSorted((a, b) => a.ifindex - b.ifindex),
		routes: texts(routes),
	};
}

const pictureOf = ({table, routes}: Picture) =>
	comparable({interfaces: [...table.values()].map(({link}) => link), routes: [...routes.values()].flat()});

/** A route by each link, some twice. The gateway follows from the link's state. */
const routesOf = (links: readonly Link[]): Route[] =>
	links.flatMap(({ifindex, ifname, mtu, flags, addr_info}) => {
		if (!flags.includes('UP')) return [];
		const route = makeRoute(`10.${ifindex}.0.0/16`, {
			dev: ifname,
			gateway: `10.0.0.${mtu % 100}`,
			flags: addr_info.length > 1 ? ['onlink', 'linkdown'] : [],
		});
		return addr_info.length > 0 ? [route, {...route, gateway: '10.0.0.99'}] : [route];
	});

/** Makes changes in a namespace, with a look after some of them, and calls back after each look. */
function live(
	first: readonly Happening[],
	steps: readonly (Happening | 'look')[],
	sinks: readonly Sink[],
	looked: (picture: Picture, events: number) => void,
): void {
	const clock = new HeldClock();
	let events = 0;
	const counting: Sink = {
		take: () => {
			events += 1;
		},
	};
	const feed = new EventFeed({
		filter: () => true,
		sinks: [...sinks, counting],
		clock,
		onFault: (error) => {
			throw error;
		},
		now: () => new Date(),
	});
	const links = new Map<number, Link>([[1, loopback]]);
	const deleted = new Set<number>();
	for (const happen of first) happen(links, deleted);
	deleted.clear();
	let picture: Picture = {table: firstTable([...links.values()], 0), routes: new Map([['inet', routesOf([...links.values()])]])};
	feed.looked(everythingIn(picture), {cause: 'start', heard: () => true});
	looked(picture, events);
	for (const [index, step] of [...steps, 'look' as const].entries()) {
		if (step !== 'look') {
			step(links, deleted);
			continue;
		}
		const seen = [...links.values()];
		const look = {
			seen,
			gone: new Set<number>(),
			exhaustive: true,
			addressesMayLack: false,
			reborn: new Set(deleted),
			discontinuous: false,
			serial: index + 1,
		};
		const routes = {byFamily: new Map([['inet', routesOf(seen)] as const]), complete: true};
		const absorbed = absorb(picture, {links: look, routes}, index);
		deleted.clear();
		picture = absorbed.picture;
		feed.looked(absorbed.delta, {cause: 'event', heard: () => true});
		looked(picture, events);
	}
	feed.stop();
}

const steps = fc.array(fc.oneof({weight: 3, arbitrary: happening}, {weight: 1, arbitrary: fc.constant('look' as const)}), {
	minLength: 5,
	maxLength: 40,
	size: 'max',
});

test('issue 16: the events up to any look fold into the picture that the look has left', (t) => {
	fc.assert(
		fc.property(beginning, steps, (first, script) => {
			const fold = new NamespaceFold();
			live(first, script, [{take: (event) => fold.take(JSON.parse(JSON.stringify(event)))}], (picture) => {
				t.deepEqual(comparable(fold.picture), pictureOf(picture));
				t.true(fold.picture.whole);
			});
		}),
		{numRuns: 300},
	);
});

/** A journal in memory. The test decides when its pauses end. */
class HeldJournal {
	readonly written = new Map<string, string[]>();
	readonly pending: (() => void)[] = [];
	now = Date.UTC(2026, 10, 26, 12);
	full = false;
	readonly journal: Journal;

	constructor(directory: string, sizeBytes: number, disk: Disk = diskNow) {
		this.journal = new Journal({
			directory,
			sizeBytes,
			ageMs: 7 * 86_400_000,
			pid: 7,
			kept: {},
			log: silentLog,
			now: () => this.now,
			soon: (call) => void this.pending.push(call),
			disk,
			output: (_fd, path) => this.#output(path),
		});
	}

	#output(path: string): SegmentOutput {
		const lines: string[] = [];
		this.written.set(path, lines);
		return {
			write: (line) => {
				if (this.full) return false;
				lines.push(line);
				return true;
			},
			taken: 0,
			whenWritten: (_bytes, call) => call(),
			flush: async () => undefined,
			close: () => undefined,
		};
	}
}

test('each segment read alone gives the picture after every one of its looks, also where it begins in the middle of a burst', (t) => {
	let rotations = 0;
	fc.assert(
		fc.property(beginning, steps, fc.nat(3), (first, script, lag) => {
			const held = new HeldJournal(scratch(t), 8 * 600);
			const pictures = new Map<number, ReturnType<typeof pictureOf>>();
			let lagging = 0;
			const paced: Sink = {
				take(event) {
					held.journal.take(event);
					held.now += 1;
					// The picture of the next segment is written while events go on.
					if (held.pending.length > 0) lagging += 1;
					if (lagging > lag) {
						lagging = 0;
						held.pending.shift()?.();
					}
				},
			};
			live(first, script, [paced], (picture, seq) => pictures.set(seq, pictureOf(picture)));
			while (held.pending.length > 0) held.pending.shift()?.();
			rotations += held.written.size - 1;
			for (const lines of held.written.values()) {
				const fold = new NamespaceFold();
				for (const line of lines) {
					const event = parseEventLine(line);
					if (event === undefined) throw new Error(`no event: ${line}`);
					t.is(mistakeOf('event', event), undefined);
					fold.take(event);
					// The picture at this event, unless the head is still being written.
					const picture = fold.picture.whole ? pictures.get(event.seq) : undefined;
					if (picture !== undefined && !event.event.endsWith('found')) t.deepEqual(comparable(fold.picture), picture);
				}
			}
			// The last segment has everything.
			const last = [...held.written.values()].at(-1)?.at(-1) ?? '';
			t.is(parseEventLine(last)?.seq, Math.max(...pictures.keys()));
		}),
		{numRuns: 60},
	);
	t.true(rotations > 20, `${rotations} rotations`);
});

function routeEvent(seq: number, dst: string): Event {
	return {
		v: eventVersion,
		time: new Date(Date.UTC(2026, 10, 26) + seq).toISOString(),
		seq,
		event: 'route-added',
		route: makeRoute(dst),
		cause: 'event',
	};
}

const gone = (event: Event, seq: number): Event => {
	if (event.event !== 'route-added') throw new Error('no added route');
	return {...event, seq, event: 'route-removed'};
};

test('a journal stays within its size, its files have mode 640, and the oldest go first', async (t) => {
	const directory = join(scratch(t), 'journal');
	const sizeBytes = 1_000_000;
	const journal = openJournal({directory, sizeBytes, ageMs: 86_400_000}, {}, silentLog);
	let most = 0;
	for (let seq = 1; seq < 20_000; seq += 2) {
		const event = routeEvent(seq, `10.${seq % 250}.0.0/16`);
		journal.take(event);
		journal.take(gone(event, seq + 1));
		if (seq % 100 === 1) {
			// On a busy machine the thread that writes may be late, and segments are switched only once it has written.
			const newest = () => listSegments(directory).slice(-2);
			const isWritten = () => newest().some(({path}) => readFileSync(path, 'latin1').includes(`"seq":${seq + 1},`));
			await waitFor('the events to be written', isWritten);
			most = Math.max(
				most,
				// The oldest one may be removed meanwhile.
				listSegments(directory).reduce((sum, {path}) => sum + (statSync(path, {throwIfNoEntry: false})?.size ?? 0), 0),
			);
		}
	}
	await journal.flush(60_000);
	const segments = listSegments(directory);
	t.true(most <= sizeBytes, `${most} bytes`);
	t.true(segments.length >= 5, `${segments.length} segments`);
	t.true((segments[0]?.number ?? 0) > 5, 'the first ones are gone');
	const others = () => readdirSync(directory).filter((name) => !name.endsWith('.ndjson'));
	// A segment that was begun last is given up, and removed by the thread.
	await waitFor('nothing but the lock beside them', () => others().length === 1);
	t.deepEqual(others(), ['lock']);
	for (const {path} of segments) t.is(statSync(path).mode & 0o777, 0o640);
});

test('if the next segment cannot be written the last one goes on, and nothing is lost', (t) => {
	const held = new HeldJournal(scratch(t), 8 * 1000);
	const first = [...held.written.values()][0] ?? [];
	for (let seq = 1; held.pending.length === 0; seq += 1) held.journal.take(routeEvent(seq, `10.${seq}.0.0/16`));
	held.full = true;
	held.pending.shift()?.();
	held.full = false;
	const before = first.length;
	held.journal.take(routeEvent(200, '10.200.0.0/16'));
	t.is(first.length, before + 1);
	t.is(held.pending.length, 0, 'not tried again at once');
	held.now += 10_000;
	held.journal.take(routeEvent(201, '10.201.0.0/16'));
	t.is(held.pending.length, 1);
});

test('a disk that stalls when the next segment is due is waited for by nobody, and the segment has all that happened meanwhile', (t) => {
	const disk = new StalledDisk();
	const held = new HeldJournal(scratch(t), 8 * 1000, disk);
	for (let seq = 1; seq <= 100; seq += 1) held.journal.take(routeEvent(seq, `10.${seq}.0.0/16`));
	t.is([...held.written.values()][0]?.length, 100);
	t.deepEqual(disk.doOne(), ['create']);
	held.pending.shift()?.();
	held.journal.take(routeEvent(101, '10.101.0.0/16'));
	t.deepEqual(disk.doOne(), ['rename']);
	held.journal.take(routeEvent(102, '10.102.0.0/16'));
	const [first = [], second = []] = held.written.values();
	t.is(first.length, 101);
	t.deepEqual(
		second.map((line) => JSON.parse(line).seq),
		[...Array(100).fill(100), 101, 102],
	);
});

test('a journal whose newest file somebody has removed begins another one with the whole picture', (t) => {
	const directory = scratch(t);
	const held = new HeldJournal(directory, 8 * 100_000);
	held.journal.take(routeEvent(1, '10.1.0.0/16'));
	held.journal.check();
	held.journal.take(routeEvent(2, '10.2.0.0/16'));
	t.is(held.pending.length, 0);
	rmSync(listSegments(directory)[0]?.path ?? '');
	held.journal.check();
	held.journal.take(routeEvent(3, '10.3.0.0/16'));
	held.pending.shift()?.();
	t.is(listSegments(directory).length, 1);
	t.is([...held.written.values()].at(-1)?.length, 3);
});

test('lines that a full disk has cost are reported, and the next segment has the whole picture again', async (t) => {
	const held = new HeldJournal(scratch(t), 8 * 100_000);
	held.journal.take(routeEvent(1, '10.1.0.0/16'));
	held.full = true;
	held.journal.take(routeEvent(2, '10.2.0.0/16'));
	held.full = false;
	held.journal.take(routeEvent(3, '10.3.0.0/16'));
	await waitFor('another segment', () => held.pending.length === 1);
	held.pending.shift()?.();
	const last = [...held.written.values()].at(-1) ?? [];
	t.deepEqual(
		last.map((line) => JSON.parse(line)).map(({route}) => route?.dst),
		['10.1.0.0/16', '10.2.0.0/16', '10.3.0.0/16'],
	);
});

test('what stands for dropped events is an event of the contract', (t) => {
	const event = droppedEvent({...routeEvent(7, '10.7.0.0/16'), netns: 'web'}, 3);
	t.is(mistakeOf('event', event), undefined);
	t.like(event, {seq: 7, netns: 'web', count: 3});
});

test('a namespace that is gone leaves nothing behind: names of processes never return', (t) => {
	const fold = new Fold();
	const of = (netns: string, body: EventBody): Event => ({v: eventVersion, time: '2026-11-26T12:00:00.000Z', seq: 1, netns, ...body});
	for (const netns of ['pid:7', 'pid:8']) fold.take(of(netns, {event: 'namespace-found'}));
	fold.take(of('pid:7', {event: 'namespace-gone'}));
	t.deepEqual([...fold.namespaces.keys()], ['pid:8']);
});

test('a segment can be read as one text, however large the journal may be', (t) => {
	t.is(segmentShare(64_000_000), 8_000_000);
	t.true(segmentShare(100_000_000_000) < constants.MAX_STRING_LENGTH / 2);
});

test('what a crash has left of a segment that was never finished is removed by the next start', async (t) => {
	const directory = scratch(t);
	const left = join(directory, '20261126T120000.000Z.7.2.ndjson.part');
	const foreign = join(directory, 'notes.part');
	writeFileSync(left, 'x');
	writeFileSync(foreign, 'x');
	const journal = openJournal({directory, sizeBytes: 1_000_000, ageMs: 86_400_000}, {}, silentLog);
	await journal.flush(100);
	t.false(existsSync(left));
	t.true(existsSync(foreign));
	t.is(readFileSync(listSegments(directory)[0]?.path ?? '', 'utf8'), '');
});
