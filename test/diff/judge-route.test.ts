import test from 'ava';
import {guestOf} from '../../src/diff/guest.js';
import {selectRoutes} from '../../src/diff/list-routes.js';
import type {NextHop, Route} from '../../src/model/route.js';
import type {Rules} from '../../src/model/rules.js';
import {defaultRules, loopback, makeLink, makeRecord, makeRoute, tableOf, told} from '../helpers/records.js';

/** The guest has v4 with 10.4.0.2/24 and fd00:4::2/64, and the link 5, now named `now`, as `announced` with 10.5.0.2/24. */
const guest = guestOf(tableOf(loopback, makeLink(4), makeLink(5, {ifname: 'now'})), [
	told(4, {
		record: makeRecord(4, {
			addresses: [
				{family: 2, address: '10.4.0.2', mask: '24'},
				{family: 10, address: 'fd00:4::2', mask: '64'},
			],
		}),
	}),
	told(5, {record: makeRecord(5, {name: 'announced'})}),
]);

function select(routes: readonly Route[], rules: Partial<Rules> = {}) {
	return selectRoutes(routes, guest, {...defaultRules, ...rules});
}

function sent(route: Route, rules: Partial<Rules> = {}) {
	return select([route], rules).routes[0];
}

function hop(more: Partial<NextHop> = {}): NextHop {
	return {gateway: '10.4.0.1', dev: 'v4', weight: 1, flags: [], ...more};
}

test('rule 6: a route is sent as the runtime knows it, without fields that it does not', (t) => {
	const route = makeRoute('10.9.0.0/16', {gateway: '10.4.0.1', prefsrc: '10.4.0.2', metric: 50, scope: 'site', protocol: 'static'});
	t.deepEqual(sent(route), {dest: '10.9.0.0/16', gateway: '10.4.0.1', device: 'v4', source: '10.4.0.2', scope: 200});
});

test('a destination is CIDR with its prefix always there, and "" for a default route', (t) => {
	t.is(sent(makeRoute('default'))?.dest, '');
	t.is(sent(makeRoute('10.9.0.7'))?.dest, '10.9.0.7/32');
	t.is(sent(makeRoute('0.0.0.0/1'))?.dest, '0.0.0.0/1');
	t.is(sent(makeRoute('fd00::7', {family: 'inet6'}), {families: ['inet6']})?.dest, 'fd00::7/128');
	t.is(sent(makeRoute('default', {family: 'inet6', gateway: 'fe80::1'}), {families: ['inet6']})?.dest, '');
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

test('a route that the guest’s kernel makes itself is left out silently, and included for kata-1.5', (t) => {
	for (const protocol of ['kernel', '2', 'static']) {
		const list = [makeRoute('10.4.0.0/24', {protocol, scope: 'link', prefsrc: '10.4.0.2', metric: 100})];
		t.deepEqual(quiet(list), ['guest-makes-it'], protocol);
		t.is(select(list, {kernelRoutes: true}).routes.length, 1);
	}
	t.deepEqual(quiet([makeRoute('fd00:4::/64', {family: 'inet6', protocol: 'kernel'})], {families: ['inet6']}), ['guest-makes-it']);
});

/** Reasons of what is left out. None has a warning, and nothing is sent. */
function quiet(list: readonly Route[], rules: Partial<Rules> = {}): string[] {
	const {routes, leftOut} = select(list, rules);
	return routes.length > 0 || leftOut.some(({warn}) => warn) ? ['sent, or with a warning'] : leftOut.map(({reason}) => reason.code);
}

test('a route of the kernel that the guest’s kernel does not make is sent', (t) => {
	const peer = makeRoute('10.7.0.2', {protocol: 'kernel', scope: 'link', prefsrc: '10.4.0.2'});
	t.deepEqual(sent(peer), {dest: '10.7.0.2/32', gateway: '', device: 'v4', source: '10.4.0.2', scope: 253});
	const untold = makeRoute('10.6.0.0/24', {protocol: 'kernel', scope: 'link', prefsrc: '10.6.0.2'});
	t.deepEqual(sent(untold), {dest: '10.6.0.0/24', gateway: '', device: 'v4', source: '', scope: 253}, 'of an address that it was not told');
	t.is(sent(makeRoute('10.9.0.0/16', {protocol: 'kernel', gateway: '10.4.0.1'}))?.gateway, '10.4.0.1', 'made by another program');
});

test('story 23: a second route to a network of the guest is not sent, for the guest’s own comes first', (t) => {
	const {routes, leftOut: rest} = select([makeRoute('10.4.0.0/24', {gateway: '10.5.0.1', dev: 'now', metric: 20})]);
	t.deepEqual(routes, []);
	t.deepEqual(
		rest.map(({reason, warn}) => [reason, warn]),
		[[{code: 'guest-route-first', device: 'v4'}, true]],
	);
});

test('routes of a family that is not chosen, and fe80::/64 ones, are left out silently', (t) => {
	t.deepEqual(quiet([makeRoute('fd00::/32', {family: 'inet6'})]), ['family-not-chosen']);
	const linkLocal = makeRoute('fe80::/64', {family: 'inet6', protocol: 'kernel'});
	t.deepEqual(quiet([linkLocal], {families: ['inet', 'inet6'], kernelRoutes: true}), ['link-local']);
	t.deepEqual(quiet([makeRoute('fe80::/64', {family: 'inet6', protocol: 'static'})], {families: ['inet6']}), ['link-local']);
	const own = makeRoute('2001:db8::1', {family: 'inet6', protocol: 'kernel', dev: 'lo'});
	t.deepEqual(quiet([own], {families: ['inet6']}), ['loopback-address']);
});

test('story 24: the dead hop of the highest weight is not sent, and one living hop is no choice to warn of', (t) => {
	const route = makeRoute('default', {
		nexthops: [hop({weight: 10, flags: ['dead', 'linkdown']}), hop({gateway: '10.5.0.1', dev: 'now'})],
	});
	t.like(select([route]), {routes: [{gateway: '10.5.0.1', device: 'announced'}], leftOut: []});
	t.is(sent(makeRoute('default', {nexthops: [hop({weight: 10, flags: ['linkdown']}), hop({dev: 'now'})]}))?.device, 'v4', 'linkdown alone');
});

test('story 24: a dead route is left out silently, and the next to its destination is sent', (t) => {
	const dead = makeRoute('default', {gateway: '10.4.0.1', flags: ['dead', 'linkdown']});
	t.like(select([dead, makeRoute('default', {gateway: '10.4.0.9', metric: 50})]), {
		routes: [{gateway: '10.4.0.9'}],
		leftOut: [{reason: {code: 'dead'}, warn: false}],
	});
	t.deepEqual(quiet([makeRoute('default', {nexthops: [hop({flags: ['dead']}), hop({flags: ['dead']})]})]), ['dead']);
});

for (const type of ['blackhole', 'unreachable', 'prohibit', 'throw', 'local']) {
	test(`story 26: what the kernel keeps by ${type} is not sent by a worse route`, (t) => {
		const {routes} = select([makeRoute('default', {type}), makeRoute('default', {gateway: '10.4.0.1', metric: 50})]);
		t.deepEqual(routes, []);
	});
}

test('what is behind a better route is sent by that one, whatever the worse one is', (t) => {
	const list = [makeRoute('default', {gateway: '10.4.0.1'}), makeRoute('default', {type: 'unreachable', metric: 4278198272})];
	t.is(select(list).routes.length, 1);
});

test('a source that the guest does not have is left out, and that is logged', (t) => {
	const {routes, leftOut: notes} = select([makeRoute('10.9.0.0/16', {gateway: '10.4.0.1', prefsrc: '10.4.0.99'})]);
	t.is(routes[0]?.source, '');
	t.deepEqual(
		notes.map(({reason}) => reason),
		[{code: 'source-unknown', source: '10.4.0.99'}],
	);
	t.is(sent(makeRoute('10.9.0.0/16', {prefsrc: '10.5.0.2'}))?.source, '10.5.0.2', 'of another interface');
	t.is(sent(makeRoute('10.9.0.0/16', {prefsrc: '127.0.0.2'}))?.source, '127.0.0.2', 'of the loopback');
});

for (const scope of ['campus', 'NaN', '-1', '256', '1e2', '']) {
	test(`story 23: a route of the scope "${scope}" is left out, and that is logged`, (t) => {
		const {routes, leftOut: rest} = select([makeRoute('10.9.0.0/16', {scope})]);
		t.deepEqual(routes, []);
		t.deepEqual(
			rest.map(({reason, warn}) => [reason, warn]),
			[[{code: 'scope-unknown', scope}, true]],
		);
	});
}

test('an IPv6 default route without a gateway is ::/0', (t) => {
	t.is(sent(makeRoute('default', {family: 'inet6'}), {families: ['inet6']})?.dest, '::/0');
});

for (const [what, route] of [
	['an IPv6 one that is an address of the guest', makeRoute('fd00:9::/64', {family: 'inet6', gateway: 'fd00:4::2', dev: 'now'})],
	['the broadcast address of a network of the guest', makeRoute('10.9.0.0/16', {gateway: '10.4.0.255'})],
] as const) {
	test(`a route whose gateway the guest’s kernel refuses is left out: ${what}`, (t) => {
		const {routes, leftOut: rest} = select([route], {families: ['inet', 'inet6']});
		t.deepEqual(routes, []);
		t.like(rest, [{reason: {code: 'gateway-refused'}, warn: true}]);
	});
}

test('rule 6: of several next hops the one with the highest weight whose interface the guest has is sent, with a warning', (t) => {
	const route = makeRoute('10.9.0.0/16', {
		nexthops: [hop({weight: 2, gateway: '10.4.0.2'}), hop({weight: 9, dev: 'v9'}), hop({weight: 3, gateway: '10.5.0.3', dev: 'now'})],
	});
	const {routes, leftOut: warnings} = select([route]);
	t.like(routes[0], {gateway: '10.5.0.3', device: 'announced'});
	t.deepEqual(
		warnings.map(({warn}) => warn),
		[true],
	);
});

test('rule 6: of next hops of the same weight the first is sent', (t) => {
	const route = makeRoute('10.9.0.0/16', {nexthops: [hop({gateway: '10.4.0.5'}), hop({gateway: '10.4.0.6'})]});
	t.is(sent(route)?.gateway, '10.4.0.5');
});

test('rule 6: of several routes to the same destination the first that is listed is sent, without a warning', (t) => {
	const {routes, leftOut: rest} = select([
		makeRoute('default', {gateway: '10.4.0.1'}),
		makeRoute('default', {gateway: '10.4.0.2', metric: 50}),
		makeRoute('10.9.0.0/16', {metric: 1}),
		makeRoute('10.9.0.0/16', {metric: 2}),
	]);
	t.deepEqual(
		routes.map(({dest, gateway}) => `${dest} ${gateway}`),
		[' 10.4.0.1', '10.9.0.0/16 '],
	);
	t.deepEqual(
		rest.map(({warn}) => warn),
		[false, false],
	);
});

test('rule 6: where the first of several routes to a destination cannot be sent, the next is', (t) => {
	t.is(select([makeRoute('default', {dev: 'v9'}), makeRoute('default', {gateway: '10.4.0.2', metric: 50})]).routes[0]?.gateway, '10.4.0.2');
});

test('the default routes of both families are two destinations', (t) => {
	const list = [makeRoute('default', {gateway: '10.4.0.1'}), makeRoute('default', {family: 'inet6', gateway: 'fd00:4::1'})];
	t.is(select(list, {families: ['inet', 'inet6']}).routes.length, 2);
});

test('an embedded IPv4 address is written as Go writes it', (t) => {
	const route = makeRoute('::1.2.3.0/120', {family: 'inet6', gateway: 'fd00:4::1.2.3.4'});
	t.like(sent(route, {families: ['inet6']}), {dest: '::102:300/120', gateway: 'fd00:4::102:304'});
});

test('an IPv4-mapped IPv6 address, which Go writes as an IPv4 one, is not sent', (t) => {
	const mapped = {family: 'inet6', gateway: 'fd00:4::1'} as const;
	for (const route of [makeRoute('::ffff:1.2.3.0/120', mapped), makeRoute('fd00:9::/64', {...mapped, gateway: '::ffff:1.2.3.4'})]) {
		t.like(select([route], {families: ['inet6']}), {routes: [], leftOut: [{reason: {code: 'mapped-address'}, warn: true}]});
	}
});
