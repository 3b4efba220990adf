import test from 'ava';
import fc from 'fast-check';
import {guestOf} from '../../src/diff/guest.js';
import {type RouteSelection, selectRoutes} from '../../src/diff/list-routes.js';
import {RouteSelector} from '../../src/diff/route-selector.js';
import type {Route} from '../../src/model/route.js';
import {defaultRules, loopback, makeLink, makeRecord, makeRoute, tableOf, told} from '../helpers/records.js';

/** A guest with v4, and perhaps with v9 under a name of its own. */
function guestWith(nine?: string, four = 'v4') {
	const announced = [
		told(4, {record: makeRecord(4, {name: four})}),
		...(nine === undefined ? [] : [told(9, {record: makeRecord(9, {name: nine})})]),
	];
	return guestOf(tableOf(loopback, makeLink(4), makeLink(9)), announced);
}

const names = guestWith();

/** The reasons for what is left out come in any order. */
function comparable({routes, leftOut}: RouteSelection) {
	return {routes, leftOut: leftOut.map((left) => JSON.stringify(left)).sort()};
}

const someRoute: fc.Arbitrary<Route> = fc
	.record({
		dst: fc.constantFrom('default', '10.1.0.0/16', '10.2.0.0/16', '10.3.0.0/16', '10.4.0.0/16', '10.5.0.7'),
		dev: fc.constantFrom('lo', 'v4', 'v9'),
		type: fc.constantFrom('unicast', 'unicast', 'unicast', 'blackhole'),
		protocol: fc.constantFrom('static', 'static', 'kernel'),
		metric: fc.nat(3),
	})
	.map(({dst, ...more}) => makeRoute(dst, more));

/** What becomes of a list: some of its routes are replaced by others. */
const edit = fc.record({at: fc.nat(12), gone: fc.nat(3), come: fc.array(someRoute, {maxLength: 3})});

test('lists that follow one another are selected as each would be by itself', (t) => {
	fc.assert(
		fc.property(
			fc.array(someRoute, {maxLength: 12}),
			fc.array(fc.array(edit, {minLength: 1, maxLength: 2}), {maxLength: 6}),
			fc.array(fc.boolean(), {minLength: 6, maxLength: 6}),
			(first, steps, renames) => {
				const selector = new RouteSelector(defaultRules);
				let list = first;
				let guest = names;
				selector.select(list, guest);
				for (const [index, edits] of steps.entries()) {
					for (const {at, gone, come} of edits) list = list.toSpliced(Math.min(at, list.length), gone, ...come);
					if (renames[index]) guest = guestWith(guest.interfaces.has('v9') ? `v${index}` : 'v9');
					const after = selector.select(list, guest);
					t.deepEqual(comparable(after), comparable(selectRoutes(list, guest, defaultRules)));
				}
			},
		),
		{numRuns: 500},
	);
});

test('of many routes one that comes, changes or goes leaves the others the very same objects', (t) => {
	const selector = new RouteSelector(defaultRules);
	const many = Array.from({length: 3000}, (_, index) => makeRoute(`20.${index >> 8}.${index & 255}.0/24`, {dev: 'v4'}));
	const first = selector.select(many, names).routes;
	const more = many.toSpliced(1500, 0, makeRoute('192.0.2.0/24', {dev: 'v4'}));
	const second = selector.select(more, guestWith()).routes;
	t.is(second.length, 3001);
	t.deepEqual(
		second.filter((route) => !first.includes(route)).map(({dest}) => dest),
		['192.0.2.0/24'],
	);
	t.true(selector.select(many, names).routes.every((route, index) => route === first[index]));
	t.is(selector.select(many, guestWith(undefined, 'other')).routes[0]?.device, 'other', 'names that the guest knows now');
});

test('a route that had been hidden by another to its destination is sent when that one goes', (t) => {
	const selector = new RouteSelector(defaultRules);
	const [one, two, three] = [
		makeRoute('default', {dev: 'v4', metric: 1}),
		makeRoute('10.1.0.0/16', {dev: 'v4'}),
		makeRoute('default', {dev: 'lo', metric: 2}),
	];
	t.deepEqual(
		selector.select([one, two, three], names).routes.map(({device}) => device),
		['v4', 'v4'],
	);
	t.deepEqual(
		selector.select([two, three], names).routes.map(({device}) => device),
		['v4', 'lo'],
	);
	t.deepEqual(
		selector.select([one, two, three], names).routes.map(({device}) => device),
		['v4', 'v4'],
	);
});
