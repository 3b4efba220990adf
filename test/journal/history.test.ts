import {appendFileSync, closeSync, fstatSync, mkdirSync, openSync, readSync, statSync, symlinkSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import {openJournal} from '../../src/app/journal.js';
import {eventFilter} from '../../src/diff/event-filter.js';
import {historyFilter} from '../../src/diff/history-filter.js';
import {History, type HistoryQuery} from '../../src/journal/history.js';
import {picturesAt} from '../../src/journal/moment.js';
import {listSegments} from '../../src/journal/segment.js';
import {type Event, type EventBody, eventVersion} from '../../src/model/event.js';
import {silentLog} from '../../src/model/log.js';
import {noon, numbered, scratch, writeSegment} from '../helpers/journals.js';
import {makeLink, makeRoute} from '../helpers/records.js';
import {waitFor} from '../helpers/wait.js';

const all: HistoryQuery = {since: Number.NEGATIVE_INFINITY, until: Number.POSITIVE_INFINITY, mayMatch: () => true, matches: () => true};
const link = makeLink(4, {addr_info: []});
const down = {...link, flags: []};
const found: EventBody[] = [
	{event: 'interface-found', interface: link},
	{event: 'route-found', route: makeRoute('default')},
	{event: 'ready', interfaces: 1, routes: 1},
];
const wentDown: EventBody = {
	event: 'interface-changed',
	interface: down,
	changes: [{field: 'flags', added: [], removed: ['UP']}],
	cause: 'event',
};
const lost: EventBody = {
	event: 'route-removed',
	route: makeRoute('default'),
	cause: 'event',
	because: {event: 'interface-changed', seq: 4},
};
const added: EventBody = {event: 'route-added', route: makeRoute('10.9.0.0/16'), cause: 'event'};

/** Whether an event that was the last one so far is in its file. The segment after that may be in the making. */
function isWritten(directory: string, seq: number): boolean {
	const end = Buffer.alloc(1000);
	return listSegments(directory)
		.slice(-2)
		.some(({path}) => {
			const file = openSync(path, 'r');
			try {
				const from = Math.max(0, fstatSync(file).size - end.length);
				return end.toString('latin1', 0, readSync(file, end, 0, end.length, from)).includes(`"seq":${seq},`);
			} finally {
				closeSync(file);
			}
		});
}

const seqs = (history: History) => [...history.read()].map(({event}) => event.seq);

test('what two segments share is read once, and the picture that a segment repeats not at all', (t) => {
	const directory = scratch(t);
	const events = numbered([...found, wentDown, lost, added]);
	writeSegment(directory, noon, 1, events.slice(0, 5));
	const begins = noon + 3500;
	const head = [
		{event: 'interface-found', interface: down} as const,
		{event: 'route-found', route: makeRoute('default')} as const,
		{event: 'ready', interfaces: 1, routes: 1} as const,
	];
	const repeated: readonly Event[] = head.map((body) => ({v: eventVersion, time: new Date(begins).toISOString(), seq: 4, ...body}));
	writeSegment(directory, begins, 2, [...repeated, ...events.slice(4)]);
	t.deepEqual(seqs(new History(directory, all)), [1, 2, 3, 4, 5, 6]);
});

test('a process that was started again counts from 1 again, and all of it is read', (t) => {
	const directory = scratch(t);
	writeSegment(directory, noon, 1, numbered([...found, added]));
	writeSegment(directory, noon + 10_000, 1, numbered(found, {begins: noon + 10_000}));
	t.deepEqual(seqs(new History(directory, all)), [1, 2, 3, 4, 1, 2, 3]);
});

test('a line that a crash has cut off is left out, and read when it is whole', (t) => {
	const directory = scratch(t);
	writeSegment(directory, noon, 1, numbered(found), '{"v":1,"time":"2026-11-26T12:00:03.000Z","se');
	const history = new History(directory, all);
	t.deepEqual(seqs(history), [1, 2, 3]);
	appendFileSync(listSegments(directory)[0]?.path ?? '', 'q":4,"event":"loss","reason":"x"}\nnonsense\n');
	t.deepEqual(seqs(history), [4]);
	t.is(history.damaged, 1);
});

test('lines of another version are counted apart from damaged ones', (t) => {
	const directory = scratch(t);
	writeSegment(directory, noon, 1, numbered(found), '{"v":2,"time":"2026-11-26T12:00:03.000Z","seq":4,"event":"new"}\n{"v":1,"nonsense\n');
	const history = new History(directory, all);
	t.deepEqual(seqs(history), [1, 2, 3]);
	t.deepEqual([history.foreign, history.damaged], [1, 1]);
});

test('a picture has all that happened before its moment in order, also where the clock was set back', (t) => {
	const directory = scratch(t);
	const [before, after] = [numbered([...found, added]), numbered([lost], {from: 5, begins: noon - 3_600_000})];
	writeSegment(directory, noon - 7_200_000, 1, [...before, ...after]);
	const routes = picturesAt(directory, noon - 1_800_000).pictures.get('')?.routes;
	t.deepEqual(
		routes?.map(({dst}) => dst),
		['10.9.0.0/16'],
	);
});

test('a moment between two segments of a process of which one was removed is a gap', (t) => {
	const directory = scratch(t);
	writeSegment(directory, noon, 1, numbered(found));
	writeSegment(directory, noon + 60_000, 3, numbered([...found, added], {from: 9, begins: noon + 60_000}));
	t.deepEqual(picturesAt(directory, noon + 30_000).gap, {from: noon + 2000, to: noon + 60_000});
	t.is(picturesAt(directory, noon + 1000).gap, undefined);
	t.is(picturesAt(directory, noon + 90_000).gap, undefined);
});

test('an effect has its cause, also where that was written to the segment before', (t) => {
	const directory = scratch(t);
	const [first, second] = [numbered([...found, wentDown]), numbered([lost], {from: 5, begins: noon + 5000})];
	writeSegment(directory, noon, 1, first);
	writeSegment(directory, noon + 4500, 2, second);
	const query = {...all, mayMatch: (line: string) => line.includes('"dst":"default"')};
	const causes = [...new History(directory, query).read()].at(-1)?.causes;
	t.deepEqual(
		causes?.map(({event, seq}) => [event, seq]),
		[['interface-changed', 4]],
	);
});

test('only the time that was asked for is read', (t) => {
	const directory = scratch(t);
	writeSegment(directory, noon, 1, numbered([...found, wentDown, lost, added]));
	t.deepEqual(seqs(new History(directory, {...all, since: noon + 3000, until: noon + 4000})), [4, 5]);
});

test('files that are not segments are not touched: other names, links, directories', (t) => {
	const directory = scratch(t);
	writeSegment(directory, noon, 1, numbered(found));
	writeFileSync(join(directory, 'notes.ndjson'), 'x\n');
	symlinkSync('/etc/passwd', join(directory, '20261126T120001.000Z.7.2.ndjson'));
	mkdirSync(join(directory, '20261126T120002.000Z.7.3.ndjson'));
	const history = new History(directory, all);
	t.deepEqual(seqs(history), [1, 2, 3]);
	t.is(history.damaged, 0);
});

test('issue 16: a hundred thousand changes take at most 64 MB, one route is found in them, and every moment has its picture', async (t) => {
	const directory = join(scratch(t), 'journal');
	const journal = openJournal({directory, sizeBytes: 64_000_000, ageMs: 7 * 86_400_000}, {}, silentLog);
	const begins = Date.now();
	const lists: EventBody[] = Array.from({length: 100_000}, (_, index) => {
		const route = makeRoute(`10.${(index >> 9) % 250}.${(index >> 1) % 250}.0/24`, {gateway: '10.0.0.1', prefsrc: '10.0.0.2', metric: 100});
		return {event: index % 2 === 0 ? 'route-added' : 'route-removed', route, cause: 'event'};
	});
	const events = numbered([...found, ...lists]).map((event, index) => ({...event, time: new Date(begins + index).toISOString()}));
	for (const [index, event] of events.entries()) {
		journal.take(event);
		// On a busy machine the thread that writes may be late. Of what waits for it 8 MB are kept.
		if (index % 5000 === 0) await waitFor('the events to be written', () => isWritten(directory, event.seq));
	}
	await journal.flush(60_000);
	const size = listSegments(directory).reduce((sum, {path}) => sum + statSync(path).size, 0);
	t.true(size <= 64_000_000, `${size} bytes`);
	const text = '"dst":"10.7.7.0/24"';
	const filter = historyFilter({routes: ['10.7.7.0/24'], addresses: []}, eventFilter({}));
	const history = new History(directory, {...all, mayMatch: (line) => line.includes(text), matches: filter});
	const matches = [...history.read()];
	t.true(matches.length >= 2, String(matches.length));
	const {pictures} = picturesAt(directory, begins + 50_000);
	const routes = pictures.get('')?.routes.map(({dst}) => dst);
	t.deepEqual(routes, ['default', '10.97.248.0/24'].slice(0, routes?.length));
	t.is(routes?.length, events[50_000]?.event === 'route-added' ? 2 : 1);
});
