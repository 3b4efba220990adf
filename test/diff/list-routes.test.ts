import test from 'ava';
import fc from 'fast-check';
import {guestOf} from '../../src/diff/guest.js';
import {selectRoutes} from '../../src/diff/list-routes.js';
import type {AnnouncedInterface, RecordAddress} from '../../src/model/announced.js';
import type {Family} from '../../src/model/link.js';
import type {NextHop, Route} from '../../src/model/route.js';
import {GuestKernel} from '../guest/guest-kernel.js';
import {defaultRules, loopback, makeLink, makeRecord, makeRoute, tableOf, told} from '../helpers/records.js';

const both = {...defaultRules, families: ['inet', 'inet6']} as const;
const table = tableOf(loopback, makeLink(4), makeLink(5));
const guest = guestOf(table, [told(4), told(5)]);

function sent(...routes: Route[]): string[] {
	return selectRoutes(routes, guest, both).routes.map(({dest, gateway, device, scope}) => `${dest} ${gateway} ${device} ${scope}`);
}

test('case 5: a gateway that the guest does not reach is preceded by a link route to it', (t) => {
	const onlink = makeRoute('default', {gateway: '169.254.1.1', flags: ['onlink']});
	t.deepEqual(sent(onlink), ['169.254.1.1/32  v4 253', ' 169.254.1.1 v4 0']);
	t.deepEqual(sent(makeRoute('10.9.0.0/16', {gateway: '10.4.0.1'}), onlink, makeRoute('10.8.0.0/16', {gateway: '169.254.1.1'})), [
		'10.9.0.0/16 10.4.0.1 v4 0',
		'169.254.1.1/32  v4 253',
		' 169.254.1.1 v4 0',
		'10.8.0.0/16 169.254.1.1 v4 0',
	]);
	t.deepEqual(sent(makeRoute('fd00:9::/64', {family: 'inet6', gateway: 'fd00::1'})), ['fd00::1/128  v4 253', 'fd00:9::/64 fd00::1 v4 0']);
});

test('case 6: a gateway that a route without a gateway leads to needs no link route, wherever that one stands', (t) => {
	const peer = makeRoute('10.7.0.2', {protocol: 'kernel', scope: 'link'});
	const behind = makeRoute('10.6.0.0/16', {gateway: '10.7.0.2'});
	t.deepEqual(sent(behind, peer), ['10.6.0.0/16 10.7.0.2 v4 0', '10.7.0.2/32  v4 253']);
	const universe = makeRoute('10.7.0.0/16', {scope: 'global'});
	t.deepEqual(sent(behind, universe), ['10.7.0.2/32  v4 253', '10.6.0.0/16 10.7.0.2 v4 0', '10.7.0.0/16  v4 0'], 'not of scope link');
	const elsewhere = makeRoute('10.7.0.0/16', {scope: 'link', dev: 'v5'});
	t.deepEqual(sent(behind, elsewhere), ['10.7.0.2/32  v4 253', '10.6.0.0/16 10.7.0.2 v4 0', '10.7.0.0/16  v5 253'], 'another interface');
});

test('IPv6: a network behind a gateway hides what a wider one reaches', (t) => {
	const list = [
		makeRoute('fd00::/32', {family: 'inet6'}),
		makeRoute('fd00::/64', {family: 'inet6', gateway: 'fe80::1'}),
		makeRoute('fd00:9::/64', {family: 'inet6', gateway: 'fd00::1'}),
	];
	const expected = ['fd00::/32  v4 0', 'fd00::/64 fe80::1 v4 0', 'fd00::1/128  v4 253', 'fd00:9::/64 fd00::1 v4 0'];
	t.deepEqual(sent(...list), expected);
});

test('a gateway to whose address another route goes cannot have a link route, and what goes by it is left out', (t) => {
	const away = makeRoute('169.254.1.1', {gateway: '10.5.0.1', dev: 'v5'});
	const {routes, leftOut} = selectRoutes([makeRoute('default', {gateway: '169.254.1.1'}), away], guest, both);
	t.deepEqual(
		routes.map(({dest}) => dest),
		['169.254.1.1/32'],
	);
	t.like(leftOut, [{reason: {code: 'gateway-unreachable'}, warn: true}]);
});

test('a route to the gateway alone, by its own interface, is sent with scope link, or the kernel would not find the gateway by it', (t) => {
	for (const scope of ['global', 'site']) {
		const direct = makeRoute('10.9.0.1', {scope, prefsrc: '10.99.0.1'});
		const by = makeRoute('10.10.0.0/16', {gateway: '10.9.0.1'});
		for (const list of [
			[by, direct],
			[direct, by],
		]) {
			const {routes} = selectRoutes(list, guest, both);
			t.deepEqual(sent(...list).toSorted(), ['10.10.0.0/16 10.9.0.1 v4 0', '10.9.0.1/32  v4 253']);
			t.is(routes.length, 2);
		}
	}
	t.deepEqual(sent(makeRoute('10.9.0.1', {scope: 'global'})), ['10.9.0.1/32  v4 0'], 'where no route goes by it, it is sent as it is');
});

test('a link route to a gateway is said once, of the first route by it', (t) => {
	const list = [makeRoute('default', {gateway: '169.254.1.1'}), makeRoute('10.8.0.0/16', {gateway: '169.254.1.1'})];
	const {leftOut} = selectRoutes(list, guest, both);
	t.deepEqual(
		leftOut.map(({route, reason}) => [route.dst, reason.code]),
		[['default', 'gateway-link-route']],
	);
});

/** A few of each, so that they collide. */
const addresses4 = ['10.1.0.2/24', '10.1.0.3/24', '10.2.0.2/24', '10.1.0.9/16', '10.7.0.1/32', '10.3.0.4/31'] as const;
const addresses6 = ['fd00:1::2/64', 'fd00:2::2/64', 'fd00:1::3/48', 'fd00:7::1/128'] as const;
const gateways4 = ['10.1.0.1', '10.2.0.1', '10.7.0.2', '169.254.1.1', '10.1.0.2', '10.1.0.255', '10.9.0.1', '10.3.0.5'] as const;
const gateways6 = ['fe80::1', 'fd00:1::1', 'fd00:2::1', 'fd00:7::1', 'fd00:9::1', 'fd00:1:0:1::1'] as const;
const destinations4 = [
	'default',
	'10.1.0.0/24',
	'10.1.0.0/16',
	'10.7.0.2',
	'169.254.1.1',
	'10.9.0.0/16',
	'10.9.0.0/24',
	'0.0.0.0/1',
	'10.2.0.1',
] as const;
const destinations6 = ['default', 'fd00:1::/64', 'fd00:1::/48', 'fd00:9::/64', 'fd00:9::1', 'fd00::/16', 'fd00:2::1', 'fe80::/64'] as const;

const record = (ifindex: number) =>
	fc.subarray([...addresses4, ...addresses6], {maxLength: 4}).map((texts): AnnouncedInterface => {
		const addresses = texts.map((text): RecordAddress => {
			const [address = '', mask = ''] = text.split('/');
			return {family: text.includes(':') ? 10 : 2, address, mask};
		});
		return told(ifindex, {record: makeRecord(ifindex, {addresses})});
	});
const someGuest = fc.tuple(record(4), record(5), record(6));

const hop = (family: Family): fc.Arbitrary<NextHop> =>
	fc
		.record({
			gateway: fc.option(family === 'inet' ? fc.constantFrom(...gateways4) : fc.constantFrom(...gateways6), {nil: undefined}),
			dev: fc.constantFrom('v4', 'v4', 'v5', 'v6', 'v9'),
			weight: fc.integer({min: 1, max: 3}),
			flags: fc.constantFrom([], [], [], ['dead'], ['linkdown'], ['onlink']),
		})
		.map(({gateway, ...rest}) => ({...rest, ...(gateway === undefined ? {} : {gateway})}));

const someRoute: fc.Arbitrary<Route> = fc.constantFrom<Family>('inet', 'inet', 'inet6').chain((family) =>
	fc
		.record({
			dst: family === 'inet' ? fc.constantFrom(...destinations4) : fc.constantFrom(...destinations6),
			type: fc.constantFrom('unicast', 'unicast', 'unicast', 'unicast', 'unicast', 'blackhole'),
			protocol: fc.constantFrom('static', 'kernel'),
			scope: family === 'inet' ? fc.constantFrom('link', 'global', '77', 'host') : fc.constant('global'),
			prefsrc: fc.constantFrom(
				undefined,
				undefined,
				...(family === 'inet' ? ['10.1.0.2', '10.9.9.9', '127.0.0.1'] : ['fd00:1::2', 'fd00:9::9']),
			),
			hops: fc.array(hop(family), {minLength: 1, maxLength: 3}),
		})
		.map(({dst, type, protocol, scope, prefsrc, hops}): Route => {
			const [only = {weight: 1, flags: []}] = hops;
			const {weight: _, ...facts} = only;
			// The kernel accepts a gateway only in a route that is wider than its link (fib_check_nh_v4_gw).
			const possible = hops.every(({gateway}) => gateway === undefined) ? scope : 'global';
			const base = {family, dst, type, protocol, scope: possible, table: 'main', flags: [], ...(prefsrc === undefined ? {} : {prefsrc})};
			if (type !== 'unicast') return base;
			return hops.length > 1 ? {...base, nexthops: hops} : {...base, ...facts};
		}),
);

/** Address and destination in the form of a payload. */
const given = (announced: readonly AnnouncedInterface[]) =>
	announced.map(({record: {name, addresses}}) => ({name, addresses: addresses.map(({address, mask}) => `${address}/${mask}`)}));

test('story 23: whatever the namespace has, the guest’s kernel takes every list', (t) => {
	let listed = 0;
	let linked = 0;
	fc.assert(
		fc.property(someGuest, fc.array(someRoute, {maxLength: 12}), fc.boolean(), (announced, routes, kernelRoutes) => {
			const guestNow = guestOf(tableOf(loopback, makeLink(4), makeLink(5), makeLink(6)), announced);
			const {routes: list, leftOut} = selectRoutes(routes, guestNow, {...both, kernelRoutes});
			listed += list.length;
			linked += leftOut.filter(({reason}) => reason.code === 'gateway-link-route').length;
			t.deepEqual(new GuestKernel(given(announced), !kernelRoutes).update(list), [], JSON.stringify({announced, list}));
		}),
		{numRuns: 5000},
	);
	t.true(listed > 10_000 && linked > 1000, `${listed} routes, ${linked} behind link routes`);
});

test('each route that is not sent as it is has a reason, and each that is sent is there for one of the namespace', (t) => {
	fc.assert(
		fc.property(someGuest, fc.array(someRoute, {maxLength: 12}), (announced, routes) => {
			const guestNow = guestOf(tableOf(loopback, makeLink(4), makeLink(5), makeLink(6)), announced);
			const {routes: list, leftOut} = selectRoutes(routes, guestNow, both);
			const sentOtherwise = new Set(['one-of-several', 'source-unknown', 'gateway-link-route']);
			const without = leftOut.filter(({reason}) => !sentOtherwise.has(reason.code)).length;
			const helpers = new Set(leftOut.flatMap(({reason}) => (reason.code === 'gateway-link-route' ? [reason.gateway] : [])));
			const own = list.filter(({dest, gateway}) => !(gateway === '' && helpers.has(dest.replace(/\/\d+$/, ''))));
			t.is(own.length + without, routes.length, JSON.stringify({list, leftOut}));
		}),
		{numRuns: 2000},
	);
});
