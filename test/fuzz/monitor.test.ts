import assert from 'node:assert/strict';
import test from 'ava';
import fc from 'fast-check';
import {LineReader} from '../../src/probe/monitor/line-reader.js';
import {type MonitorEvent, parseMonitorLine} from '../../src/probe/monitor/monitor-line.js';
import {capture, usableReleases} from '../helpers/captures.js';
import {damage, damaged, inPieces, places} from './damage.js';

const streams = [...usableReleases, '4.19.0' as const].flatMap((release) => [
	capture(release, 'monitor.txt'),
	capture(release, 'monitor-details.txt'),
]);
const stream = fc.constantFrom(...streams);

/** The events that the monitor's reader gets from pieces of output. */
function eventsOf(pieces: readonly Buffer[]): (MonitorEvent | undefined)[] {
	const reader = new LineReader(() => undefined);
	return pieces.flatMap((piece) => reader.push(piece)).map((line) => parseMonitorLine(line));
}

/** How often each event occurs. */
function counted(events: readonly (MonitorEvent | undefined)[]): Map<string, number> {
	const counts = new Map<string, number>();
	for (const event of events) counts.set(JSON.stringify(event), (counts.get(JSON.stringify(event)) ?? 0) + 1);
	return counts;
}

test('however the output of a monitor comes in pieces, its events are the same', (t) => {
	fc.assert(
		fc.property(stream, places, (bytes, where) => {
			assert.deepEqual(eventsOf(inPieces(bytes, where)), eventsOf([bytes]));
		}),
		{numRuns: 200},
	);
	t.pass();
});

test('damage to the output of a monitor costs the events of the damaged lines, and no other', (t) => {
	fc.assert(
		fc.property(stream, damage, places, (bytes, how, where) => {
			const broken = damaged(bytes, how);
			const found = counted(eventsOf(inPieces(broken, where)));
			// Lines that end before the damage, or begin after it, are unchanged.
			let same = 0;
			while (same < bytes.length && bytes[same] === broken[same]) same += 1;
			let sameAtEnd = 0;
			const most = Math.min(bytes.length, broken.length) - same;
			while (sameAtEnd < most && bytes[bytes.length - 1 - sameAtEnd] === broken[broken.length - 1 - sameAtEnd]) sameAtEnd += 1;
			const head = same === 0 ? Buffer.alloc(0) : bytes.subarray(0, bytes.lastIndexOf(10, same - 1) + 1);
			const rest = bytes.subarray(bytes.length - sameAtEnd);
			const tail = rest.subarray(rest.indexOf(10) + 1);
			for (const [event, count] of counted([...eventsOf([head]), ...eventsOf([tail])])) {
				assert.ok((found.get(event) ?? 0) >= count, `${event} is told ${found.get(event)} times of ${count}`);
			}
		}),
		{numRuns: 300},
	);
	t.pass();
});

test('any bytes in any pieces make neither the reader nor the parser throw, and every event has a kind', (t) => {
	const bytes = fc.array(
		fc.oneof(
			fc.constantFrom(
				'[LINK]',
				'[ADDR]',
				'[ROUTE]',
				'[NEXTHOP]',
				'[nsid 1]',
				'Deleted ',
				'1: ',
				'v0: <UP> mtu 1500 ',
				'master x ',
				' table ',
				' dev ',
			),
			fc.constantFrom('\n', '\r', '\0', '\\', ' ', '\t', '@', ':'),
			fc.string({unit: 'binary', maxLength: 5}),
		),
		{maxLength: 60},
	);
	fc.assert(
		fc.property(bytes, places, (parts, where) => {
			for (const event of eventsOf(inPieces(Buffer.from(`${parts.join('')}\n`, 'latin1'), where))) {
				if (event === undefined) continue;
				assert.ok(['link', 'address', 'route', 'nexthop'].includes(event.kind));
				assert.ok((event.kind === 'link' || event.kind === 'address') === (event.ifindex !== undefined));
			}
		}),
		{numRuns: 2000},
	);
	t.pass();
});

/** Lines made to keep a backtracking parser busy, as long as the longest that is kept. */
const longest = 128 * 1024;
/** Time of the processor, which others do not use up: far more than it takes, and far less than quadratic time would take. */
const mostMs = 4000;
for (const [what, line] of [
	['labels', '[LINK]'.repeat(longest)],
	['labels that do not end', '[nsid '.repeat(longest)],
	['unfinished labels in one', `[nsid ${'['.repeat(longest)}`],
	['blanks', `[LINK]1: v0: <UP> mtu 1500${' '.repeat(longest)}x`],
	['words', `[LINK]1: v0: <UP> mtu 1500 master x${' y'.repeat(longest)} group `],
	['groups', `[LINK]1: v0: <UP> mtu 1500 master x${' group'.repeat(longest)}`],
	['tables', `[ROUTE]10.0.0.0/8${' dev table '.repeat(longest)}`],
	['digits', `[ADDR]${'1'.repeat(longest)}: v0`],
	['parents', `[LINK]1: ${'@'.repeat(longest)}: `],
	['backslashes', `[LINK]1: v0: <UP>${'\\'.repeat(longest)}`],
	['bytes that are not UTF-8', `[LINK]1: ${'\xff'.repeat(longest)}: `],
	['timestamps', `[${'2026-01-31T12:00:00.'.repeat(longest / 20)}] [LINK]`],
] as const) {
	test.serial(`a line of nothing but ${what} does not keep the reader busy`, (t) => {
		const kept = line.slice(0, longest);
		const begun = process.cpuUsage();
		for (const event of eventsOf([Buffer.from(`${kept}\n`, 'latin1')])) t.true(event === undefined || event.kind !== undefined);
		const {user, system} = process.cpuUsage(begun);
		const tookMs = (user + system) / 1000;
		t.true(tookMs < mostMs, `${tookMs} ms`);
	});
}
