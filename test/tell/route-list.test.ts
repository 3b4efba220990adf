import test from 'ava';
import fc from 'fast-check';
import {guestOf} from '../../src/diff/guest.js';
import {selectRoutes} from '../../src/diff/list-routes.js';
import {spliceBetween} from '../../src/diff/route-splice.js';
import type {AnnouncedInterface} from '../../src/model/announced.js';
import {silentLog} from '../../src/model/log.js';
import type {Delta} from '../../src/model/picture.js';
import type {Route} from '../../src/model/route.js';
import {routePayload} from '../../src/runtime/payload.js';
import {RouteList} from '../../src/tell/route-list.js';
import {defaultRules, loopback, makeLink, makeRoute, tableOf, told} from '../helpers/records.js';

const table = tableOf(loopback, makeLink(4), makeLink(9));
const form = {route: (route: Parameters<typeof routePayload>[0]) => routePayload(route, 'kata-1.13'), fingerprint: (text: string) => text};

function deltaOf(before: readonly Route[], after: readonly Route[]): Delta {
	const splice = spliceBetween(before, after);
	return {links: [], routes: new Map(splice === undefined ? [] : [['inet', splice]])};
}

/** The list as it would be if nothing had been known before. */
function fromNothing(routes: readonly Route[], announced: readonly AnnouncedInterface[]): string {
	const selection = selectRoutes(routes, guestOf(table, announced), defaultRules);
	return `[${selection.routes.map((route) => routePayload(route, 'kata-1.13')).join(',')}]`;
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

/** Part of a list is replaced. */
const edit = fc.record({at: fc.nat(12), gone: fc.nat(3), come: fc.array(someRoute, {maxLength: 3})});

test('lists that follow one another are written as each would be by itself', (t) => {
	fc.assert(
		fc.property(
			fc.array(someRoute, {maxLength: 12}),
			fc.array(fc.array(edit, {minLength: 1, maxLength: 2}), {maxLength: 6}),
			fc.array(fc.boolean(), {minLength: 6, maxLength: 6}),
			(first, steps, announcements) => {
				const list = new RouteList(defaultRules, form, silentLog);
				let announced: readonly AnnouncedInterface[] = [told(4)];
				let routes = first;
				list.observe(
					{table, routes: new Map([['inet', routes]])},
					{...deltaOf([], routes), links: [{ifindex: 4, before: undefined, after: undefined}]},
					announced,
				);
				for (const [index, edits] of steps.entries()) {
					const before = routes;
					for (const {at, gone, come} of edits) routes = routes.toSpliced(Math.min(at, routes.length), gone, ...come);
					list.observe({table, routes: new Map([['inet', routes]])}, deltaOf(before, routes), announced);
					if (announcements[index]) {
						announced = announced.length === 1 ? [told(4), told(9)] : [told(4)];
						list.announce({table, routes: new Map([['inet', routes]])}, announced);
					}
					t.is(list.payload, fromNothing(routes, announced));
				}
			},
		),
		{numRuns: 500},
	);
});

test('an empty list is [], never null, which the consumer would ignore', (t) => {
	t.is(new RouteList(defaultRules, form, silentLog).payload, '[]');
});

test('a route that another to its destination hides is sent when that one goes', (t) => {
	const list = new RouteList(defaultRules, form, silentLog);
	const [one, two] = [makeRoute('default', {dev: 'v4', metric: 1}), makeRoute('default', {dev: 'lo', metric: 2})];
	list.observe(
		{table, routes: new Map([['inet', [one, two]]])},
		{...deltaOf([], [one, two]), links: [{ifindex: 4, before: undefined, after: undefined}]},
		[told(4)],
	);
	t.regex(list.payload, /"Device":"v4"/);
	list.observe({table, routes: new Map([['inet', [two]]])}, deltaOf([one, two], [two]), [told(4)]);
	t.is(list.payload, '[{"Dest":"","Gateway":"","Device":"lo","Source":"","Scope":0}]');
});
