import assert from 'node:assert/strict';
import test from 'ava';
import fc from 'fast-check';
import {Desires} from '../../src/diff/desires.js';
import {guestOf, keepsNames, sameGuest} from '../../src/diff/guest.js';
import {type DesiredInterfaces, desireInterfaces, wishFor} from '../../src/diff/rules.js';
import {compareTables} from '../../src/diff/table-difference.js';
import type {AnnouncedInterface} from '../../src/model/announced.js';
import type {InterfaceTable, TrackedLink} from '../../src/model/interface-table.js';
import {defaultRules, makeLink, tableOf, told, track} from '../helpers/records.js';

/** A link of one of five indices in any of the states that decide about it. */
const tracked: fc.Arbitrary<TrackedLink> = fc
	.record({
		ifindex: fc.integer({min: 4, max: 8}),
		incarnation: fc.integer({min: 0, max: 1}),
		sinceStart: fc.boolean(),
		changedAt: fc.constantFrom(0, 100, 200),
		more: fc.constantFrom({}, {addresses: []}, {flags: ['BROADCAST']}, {ifname: 'x_kata'}, {ifname: 'other'}, {mtu: 1400}),
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

const sorted = ({wanted, nextAt}: DesiredInterfaces) => ({wanted: [...wanted].toSorted(([a], [b]) => a - b), nextAt});

test('whatever changes, what is desired is what the rules say of the whole table', (t) => {
	let incremental = 0;
	fc.assert(
		fc.property(fc.array(fc.array(step, {maxLength: 3}), {maxLength: 12}), (looks) => {
			const desires = new Desires(defaultRules);
			let table: InterfaceTable = new Map();
			let announced: readonly AnnouncedInterface[] = [];
			let now = 0;
			for (const look of looks) {
				for (const each of look) {
					if ('put' in each) table = new Map([...table, [each.put.link.ifindex, each.put]]);
					else if ('drop' in each) table = without(table, each.drop);
					else if ('announced' in each) announced = each.announced;
					else now += each.wait;
				}
				const whole = desireInterfaces(table, announced, defaultRules, now);
				assert.deepEqual(sorted(desires.of(table, announced, now)), sorted(whole));
				if (whole.nextAt === undefined && whole.wanted.size > 1) incremental += 1;
			}
		}),
		{numRuns: 1000},
	);
	t.true(incremental > 100);
});

test('what an unchanged link is wanted as is kept, so that nothing is made anew for it', (t) => {
	const desires = new Desires(defaultRules);
	const four = track(makeLink(4));
	const announced = [told(4)];
	const before = desires.of(tableOf(four, makeLink(5)), announced, 0);
	const after = desires.of(tableOf(four, makeLink(6)), announced, 0);
	t.is(after.wanted.get(4), before.wanted.get(4));
	t.is(wishFor(after, {ifindex: 5, incarnation: 0}), undefined);
	t.not(wishFor(after, {ifindex: 6, incarnation: 0}), undefined);
});

test('the guest’s names are made anew whenever they may have changed', (t) => {
	let kept = 0;
	fc.assert(
		fc.property(
			fc.array(tracked, {maxLength: 4}),
			fc.array(tracked, {maxLength: 2}),
			fc.option(fc.integer({min: 4, max: 8})),
			(links, more, drop) => {
				const before = tableOf(...links);
				const changed = new Map([...before, ...tableOf(...more)]);
				const after = drop === null ? changed : without(changed, drop);
				const announced = [told(4), told(5), told(6, {standing: 'unsure'})];
				if (!keepsNames(before, after)) return;
				kept += 1;
				assert.ok(sameGuest(guestOf(before, announced), guestOf(after, announced)));
			},
		),
		{numRuns: 1000},
	);
	t.true(kept > 10);
});

test('two tables differ in what is not the same object, and in what only one of them has', (t) => {
	const [four, five, six] = [4, 5, 6].map((ifindex) => track(makeLink(ifindex)));
	assert.ok(four !== undefined && five !== undefined && six !== undefined);
	const otherFive = {...five};
	const before = tableOf(four, five);
	const after = tableOf(otherFive, six);
	t.deepEqual(compareTables(before, after), {
		moved: [
			{before: five, after: otherFive},
			{before: undefined, after: six},
		],
		gone: [four],
	});
	t.is(compareTables(before, after), compareTables(before, after), 'worked out once');
	t.deepEqual(compareTables(after, after), {moved: [], gone: []});
	t.deepEqual(compareTables(tableOf(), after).moved.length, 2, 'another comparison is not taken for the last');
});
