import test from 'ava';
import fc from 'fast-check';
import {routeChanges} from '../../src/diff/route-changes.js';
import {spliceBetween, spliced} from '../../src/diff/route-splice.js';
import type {Route} from '../../src/model/route.js';
import {makeRoute} from '../helpers/records.js';

function changesBetween(before: readonly Route[], after: readonly Route[]) {
	const splice = spliceBetween(before, after);
	return splice === undefined ? [] : routeChanges(splice);
}

function summary(before: readonly Route[], after: readonly Route[]): string[] {
	return changesBetween(before, after).map(
		({action, route, differences}) => `${action} ${route.dst} ${route.metric ?? 0}${differences ? ` ${JSON.stringify(differences)}` : ''}`,
	);
}

test('the same list is no change, be it the same object or an equal one', (t) => {
	const list = [makeRoute('default'), makeRoute('10.9.0.0/16')];
	t.deepEqual(changesBetween(list, list), []);
	t.deepEqual(changesBetween(list, structuredClone(list)), []);
});

test('routes that come and go are told, first what went', (t) => {
	t.deepEqual(summary([makeRoute('default'), makeRoute('10.1.0.0/16')], [makeRoute('10.2.0.0/16'), makeRoute('default')]), [
		'removed 10.1.0.0/16 0',
		'added 10.2.0.0/16 0',
	]);
});

test('another gateway to the same destination is a change, described', (t) => {
	const before = makeRoute('10.9.0.0/16', {gateway: '10.4.0.1'});
	const after = makeRoute('10.9.0.0/16', {gateway: '10.4.0.9'});
	t.deepEqual(changesBetween([before], [after]), [
		{
			type: 'route',
			action: 'changed',
			family: 'inet',
			route: after,
			differences: [{path: ['gateway'], before: '10.4.0.1', after: '10.4.0.9'}],
		},
	]);
});

test('routes to the same destination with another metric or TOS, or of the other family, are other routes', (t) => {
	for (const more of [{metric: 5}, {tos: '0x10'}, {family: 'inet6'}, {from: 'fd00::/8'}] as const) {
		const changes = changesBetween([makeRoute('default')], [makeRoute('default', more)]);
		t.deepEqual(
			changes.map(({action}) => action),
			['removed', 'added'],
		);
	}
});

test('a next hop that comes to a multipath route is described by its gateway and device', (t) => {
	const hop = {gateway: '10.0.0.1', dev: 'v4', weight: 1, flags: []};
	const before = makeRoute('default', {nexthops: [hop, {...hop, dev: 'v5'}]});
	const after = makeRoute('default', {nexthops: [hop, {...hop, dev: 'v5', weight: 3}]});
	t.deepEqual(changesBetween([before], [after])[0]?.differences, [{path: ['nexthops', '10.0.0.1@v5', 'weight'], before: 1, after: 3}]);
});

test('one of two equal routes that goes is one removal', (t) => {
	t.deepEqual(summary([makeRoute('default'), makeRoute('default')], [makeRoute('default')]), ['removed default 0']);
});

test('whatever the two lists, the changes lead from the one to the other', (t) => {
	const route = fc
		.record({
			dst: fc.integer({min: 0, max: 5}),
			gateway: fc.integer({min: 0, max: 2}),
			metric: fc.option(fc.integer({min: 0, max: 1}), {nil: undefined}),
		})
		.map(({dst, gateway, metric}) =>
			makeRoute(`10.${dst}.0.0/16`, {gateway: `10.0.0.${gateway}`, ...(metric === undefined ? {} : {metric})}),
		);
	const list = fc.array(route, {maxLength: 12});
	fc.assert(
		fc.property(list, list, fc.nat(4), fc.nat(4), (before, next, head, tail) => {
			// Some objects are kept, as they are between two dumps.
			const after = [...before.slice(0, head), ...next, ...before.slice(before.length - Math.min(tail, before.length))];
			const left = new Map<string, number>();
			const count = (item: Route, by: number) => left.set(JSON.stringify(item), (left.get(JSON.stringify(item)) ?? 0) + by);
			for (const item of before) count(item, 1);
			for (const item of after) count(item, -1);
			const expected = new Map([...left].filter(([, number]) => number !== 0));
			const changes = changesBetween(before, after);
			for (const {action, route: item} of changes) count(item, action === 'removed' ? -1 : 1);
			// A change takes away a route that it does not name: as many as there are changes.
			const rest = [...left.values()].filter((number) => number !== 0);
			const changed = changes.filter(({action}) => action === 'changed').length;
			t.true(rest.every((number) => number > 0));
			t.is(
				rest.reduce((sum, number) => sum + number, 0),
				changed,
			);
			t.is(changes.length === 0, expected.size === 0);
		}),
		{numRuns: 300},
	);
});

test('a list that takes the splice between two lists becomes the later one', (t) => {
	const route = fc.integer({min: 0, max: 3}).map((dst) => makeRoute(`10.${dst}.0.0/16`));
	fc.assert(
		fc.property(fc.array(route, {maxLength: 8}), fc.array(route, {maxLength: 8}), (before, after) => {
			const splice = spliceBetween(before, after);
			t.deepEqual(splice === undefined ? before : spliced(before, splice, splice.added), after);
		}),
		{numRuns: 500},
	);
});
