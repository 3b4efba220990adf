import test from 'ava';
import {guestNames, selectRoutes} from '../../src/diff/sendable-routes.js';
import type {NextHop, Route} from '../../src/model/route.js';
import type {Rules} from '../../src/model/rules.js';
import {defaultRules, loopback, makeLink, makeRecord, makeRoute, tableOf, told, track} from '../helpers/records.js';

const names = new Map([
	['lo', 'lo'],
	['v4', 'v4'],
	['now', 'announced'],
]);

function select(routes: readonly Route[], rules: Partial<Rules> = {}) {
	return selectRoutes(routes, names, {...defaultRules, ...rules});
}

function sent(route: Route, rules: Partial<Rules> = {}) {
	return select([route], rules).routes[0];
}

function hop(more: Partial<NextHop> = {}): NextHop {
	return {gateway: '10.0.0.1', dev: 'v4', weight: 1, flags: [], ...more};
}

test('rule 6: a route is sent as the runtime knows it, without fields that it does not', (t) => {
	const route = makeRoute('10.9.0.0/16', {gateway: '10.4.0.1', prefsrc: '10.4.0.2', metric: 50, scope: 'link', protocol: 'static'});
	t.deepEqual(sent(route), {dest: '10.9.0.0/16', gateway: '10.4.0.1', device: 'v4', source: '10.4.0.2', scope: 253});
});

test('a destination is CIDR with its prefix always there, and "" for a default route', (t) => {
	t.is(sent(makeRoute('default'))?.dest, '');
	t.is(sent(makeRoute('10.0.0.7'))?.dest, '10.0.0.7/32');
	t.is(sent(makeRoute('0.0.0.0/1'))?.dest, '0.0.0.0/1');
	t.is(sent(makeRoute('fd00::7', {family: 'inet6'}), {families: ['inet6']})?.dest, 'fd00::7/128');
	t.is(sent(makeRoute('fd00::/32', {family: 'inet6'}), {families: ['inet6']})?.dest, 'fd00::/32');
});

for (const [scope, number] of [
	['global', 0],
	['site', 200],
	['link', 253],
	['host', 254],
	['nowhere', 255],
	['42', 42],
] as const) {
	test(`the scope ${scope} is ${number}`, (t) => {
		t.is(sent(makeRoute('10.9.0.0/16', {scope}))?.scope, number);
	});
}

test('rule 6: a device is the name under which its interface was announced, and the loopback is one of the guest’s', (t) => {
	t.is(sent(makeRoute('10.9.0.0/16', {dev: 'now'}))?.device, 'announced');
	t.is(sent(makeRoute('10.9.0.0/16', {dev: 'lo'}))?.device, 'lo');
});

const leftOut: readonly (readonly [string, Partial<Route>])[] = [
	['a blackhole', {type: 'blackhole'}],
	['an unreachable', {type: 'unreachable'}],
	['a prohibit', {type: 'prohibit'}],
	['a throw', {type: 'throw'}],
	['a local', {type: 'local'}],
	['a broadcast', {type: 'broadcast'}],
	['an encapsulated', {encap: 'mpls'}],
	['one with a TOS', {tos: '0x10'}],
	['an IPv4 one with an IPv6 gateway', {via: {family: 'inet6', host: 'fe80::1'}}],
	['one of an interface that the runtime does not have', {dev: 'v9'}],
	['one under the name that is announced but not there now', {dev: 'announced'}],
	['one without a device', {dev: ''}],
	['one for one source only', {from: 'fd00::/8'}],
	[
		'a multipath one of which the guest has no next hop',
		{nexthops: [hop({dev: 'v9'}), hop({via: {family: 'inet6', host: 'fe80::1'}}), hop({encap: 'mpls'})]},
	],
];

for (const [what, more] of leftOut) {
	test(`rule 6: ${what} route is left out with a warning, and the others are sent`, (t) => {
		const route = makeRoute('10.9.0.0/16', more);
		const {routes, leftOut: without} = select([makeRoute('10.8.0.0/16'), route, makeRoute('10.7.0.0/16')]);
		t.deepEqual(
			routes.map(({dest}) => dest),
			['10.8.0.0/16', '10.7.0.0/16'],
		);
		t.deepEqual(
			without.map((entry) => [entry.route, entry.warn]),
			[[route, true]],
		);
	});
}

test('routes of protocol kernel are left out without a word, and included for kata-1.5', (t) => {
	for (const protocol of ['kernel', '2']) {
		const list = [makeRoute('10.4.0.0/24', {protocol})];
		t.deepEqual(select(list), {routes: [], leftOut: []});
		t.is(select(list, {kernelRoutes: true}).routes.length, 1);
	}
});

test('routes of a family that is not chosen, and fe80::/64 ones, are left out without a word', (t) => {
	t.deepEqual(select([makeRoute('fd00::/32', {family: 'inet6'})]), {routes: [], leftOut: []});
	const linkLocal = makeRoute('fe80::/64', {family: 'inet6', protocol: 'kernel'});
	t.deepEqual(select([linkLocal], {families: ['inet', 'inet6'], kernelRoutes: true}), {routes: [], leftOut: []});
	t.deepEqual(select([makeRoute('fe80::/64', {family: 'inet6', protocol: 'static'})], {families: ['inet6']}).routes, []);
});

test('rule 6: of several next hops the one with the highest weight whose interface the guest has is sent, with a warning', (t) => {
	const route = makeRoute('10.9.0.0/16', {
		nexthops: [hop({weight: 2, gateway: '10.0.0.2'}), hop({weight: 9, dev: 'v9'}), hop({weight: 3, gateway: '10.0.0.3', dev: 'now'})],
	});
	const {routes, leftOut: warnings} = select([route]);
	t.like(routes[0], {gateway: '10.0.0.3', device: 'announced'});
	t.deepEqual(
		warnings.map(({warn}) => warn),
		[true],
	);
});

test('rule 6: of next hops of the same weight the first is sent', (t) => {
	const route = makeRoute('10.9.0.0/16', {nexthops: [hop({gateway: '10.0.0.5'}), hop({gateway: '10.0.0.6'})]});
	t.is(sent(route)?.gateway, '10.0.0.5');
});

test('rule 6: of several routes to the same destination the first that is listed is sent, without a warning', (t) => {
	const {routes, leftOut: rest} = select([
		makeRoute('default', {gateway: '10.0.0.1'}),
		makeRoute('default', {gateway: '10.0.0.2', metric: 50}),
		makeRoute('10.9.0.0/16', {metric: 1}),
		makeRoute('10.9.0.0/16', {metric: 2}),
	]);
	t.deepEqual(
		routes.map(({dest, gateway}) => `${dest} ${gateway}`),
		[' 10.0.0.1', '10.9.0.0/16 '],
	);
	t.deepEqual(
		rest.map(({warn}) => warn),
		[false, false],
	);
});

test('rule 6: where the first of several routes to a destination cannot be sent, the next is', (t) => {
	t.is(select([makeRoute('default', {dev: 'v9'}), makeRoute('default', {gateway: '10.0.0.2', metric: 50})]).routes[0]?.gateway, '10.0.0.2');
});

test('the default routes of both families are two destinations', (t) => {
	const list = [makeRoute('default', {gateway: '10.0.0.1'}), makeRoute('default', {family: 'inet6', gateway: 'fd00::1'})];
	t.is(select(list, {families: ['inet', 'inet6']}).routes.length, 2);
});

test('an embedded IPv4 address is written as Go writes it', (t) => {
	const route = makeRoute('::1.2.3.0/120', {family: 'inet6', gateway: '::ffff:1.2.3.4'});
	t.like(sent(route, {families: ['inet6']}), {dest: '::102:300/120', gateway: '1.2.3.4'});
});

test('the guest has the interfaces that are told and still there, by the name that they have now', (t) => {
	const table = tableOf(
		loopback,
		makeLink(4, {ifname: 'renamed'}),
		makeLink(5),
		makeLink(6),
		track(makeLink(7), {incarnation: 3}),
		makeLink(8),
	);
	const announced = [told(4), told(5, {standing: 'unsure'}), told(6, {standing: 'withdrawn'}), told(7), told(9)];
	t.deepEqual(
		[...guestNames(table, announced)],
		[
			['lo', 'lo'],
			['renamed', 'v4'],
		],
	);
});

test('the loopback is "lo" to the guest, however it is called here', (t) => {
	t.is(guestNames(tableOf({...loopback, ifname: 'loop'}), []).get('loop'), 'lo');
});

test('a record that was told under an old name is where routes of the renamed interface go', (t) => {
	const table = tableOf(makeLink(4, {ifname: 'new'}));
	const guest = guestNames(table, [told(4, {record: makeRecord(4, {name: 'old'})})]);
	t.is(selectRoutes([makeRoute('default', {dev: 'new'})], guest, defaultRules).routes[0]?.device, 'old');
	t.is(selectRoutes([makeRoute('default', {dev: 'old'})], guest, defaultRules).routes.length, 0);
});
