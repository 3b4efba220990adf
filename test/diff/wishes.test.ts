import assert from 'node:assert/strict';
import test from 'ava';
import fc from 'fast-check';
import {judgeWishes, noWishes, overdue, type Wishes, wishFor} from '../../src/diff/wishes.js';
import {type AnnouncedInterface, entryFinder} from '../../src/model/announced.js';
import type {InterfaceTable, TrackedLink} from '../../src/model/interface-table.js';
import {defaultRules, makeLink, tableOf, told, track, wishesOf} from '../helpers/records.js';

/** A link with one of five indices, in any of the states that affect the wishes. */
const tracked: fc.Arbitrary<TrackedLink> = fc
	.record({
		ifindex: fc.integer({min: 4, max: 8}),
		incarnation: fc.integer({min: 0, max: 1}),
		sinceStart: fc.boolean(),
		changedAt: fc.constantFrom(0, 100, 200),
		more: fc.constantFrom({}, {addr_info: []}, {flags: ['BROADCAST']}, {ifname: 'x_kata'}, {ifname: 'other'}, {mtu: 1400}),
	})
	.map(({ifindex, more, ...rest}) => track(makeLink(ifindex, more), rest));

const announcement: fc.Arbitrary<readonly AnnouncedInterface[]> = fc
	.uniqueArray(fc.integer({min: 4, max: 8}), {maxLength: 3})
	.chain((indices) => fc.tuple(...indices.map((ifindex) => fc.constantFrom(told(ifindex), told(ifindex, {standing: 'withdrawn'})))));

type Step =
	| {readonly put: TrackedLink}
	| {readonly drop: number}
	| {readonly announced: readonly AnnouncedInterface[]}
	| {readonly wait: number};

const step: fc.Arbitrary<Step> = fc.oneof(
	{arbitrary: tracked.map((put) => ({put})), weight: 5},
	fc.integer({min: 4, max: 8}).map((drop) => ({drop})),
	announcement.map((announced) => ({announced})),
	fc.constantFrom(0, 50, 100).map((wait) => ({wait})),
);

function without(table: InterfaceTable, ifindex: number): InterfaceTable {
	return new Map([...table].filter(([index]) => index !== ifindex));
}

const sorted = ({wanted, waiting}: Wishes) => [wanted, waiting].map((map) => [...map].toSorted(([a], [b]) => a - b));

test('wishes that are judged again for what has changed are those of the whole table', (t) => {
	let incremental = 0;
	fc.assert(
		fc.property(fc.array(fc.array(step, {maxLength: 3}), {maxLength: 12}), (looks) => {
			let wishes = noWishes;
			let table: InterfaceTable = new Map();
			let announced: readonly AnnouncedInterface[] = [];
			let now = 0;
			for (const look of looks) {
				const touched = new Set<number>();
				for (const each of look) {
					if ('put' in each) {
						table = new Map([...table, [each.put.link.ifindex, each.put]]);
						touched.add(each.put.link.ifindex);
					} else if ('drop' in each) {
						table = without(table, each.drop);
						touched.add(each.drop);
					} else if ('announced' in each) {
						for (const {ifindex} of [...announced, ...each.announced]) touched.add(ifindex);
						announced = each.announced;
					} else now += each.wait;
				}
				for (const ifindex of overdue(wishes, now)) touched.add(ifindex);
				wishes = judgeWishes(wishes, touched, table, entryFinder(announced), defaultRules, now);
				assert.deepEqual(sorted(wishes), sorted(judgeWishes(noWishes, table.keys(), table, entryFinder(announced), defaultRules, now)));
				if (touched.size < table.size) incremental += 1;
			}
		}),
		{numRuns: 1000},
	);
	t.true(incremental > 100);
});

test('a wish for a link that is not judged again is the very same', (t) => {
	const announced = [told(4)];
	const before = wishesOf(tableOf(makeLink(4), makeLink(5)), announced, defaultRules, 0);
	const after = judgeWishes(before, [5, 6], tableOf(makeLink(4), makeLink(6)), entryFinder(announced), defaultRules, 0);
	t.is(after.wanted.get(4), before.wanted.get(4));
	t.is(wishFor(after, {ifindex: 5, incarnation: 0}), undefined);
	t.not(wishFor(after, {ifindex: 6, incarnation: 0}), undefined);
});
