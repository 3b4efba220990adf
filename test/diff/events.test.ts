import test from 'ava';
import fc from 'fast-check';
import {Causes} from '../../src/diff/causes.js';
import type {Draft} from '../../src/diff/draft.js';
import {eventsOf} from '../../src/diff/events.js';
import type {Difference} from '../../src/model/event.js';
import type {Address, Link} from '../../src/model/link.js';
import type {Delta, LookFacts} from '../../src/model/picture.js';
import type {Route} from '../../src/model/route.js';
import {linksDelta, lookBy, routesDelta, startDelta} from '../helpers/deltas.js';
import {inet, inet6, loopback, makeLink, makeRoute, tableOf, track} from '../helpers/records.js';

function nameOf({body}: Draft): string {
	if ('interface' in body) return `${body.event} ${body.interface.ifname}`;
	if ('address' in body) return `${body.event} ${body.ifname} ${body.address.local}`;
	return `${body.event} ${body.route.dst}`;
}

/** Each event of these looks in a few words, with its cause. */
function story(...looks: readonly Delta[]): string[] {
	const causes = new Causes();
	const drafts = looks.flatMap((delta) => [...eventsOf(delta, lookBy(), causes)]);
	return drafts.map((draft) => nameOf(draft) + (draft.because === undefined ? '' : ` (${nameOf(draft.because)})`));
}

function changesOf(delta: Delta): readonly Difference[] {
	const [draft] = eventsOf(delta, lookBy(), new Causes());
	return draft !== undefined && 'changes' in draft.body ? draft.body.changes : [];
}

const down = (link: Link): Link => ({...link, flags: ['BROADCAST', 'MULTICAST'], operstate: 'DOWN'});

test('at the start everything is found: an interface, its addresses after it, then the routes', (t) => {
	const delta = startDelta({table: tableOf(loopback, makeLink(4)), routes: new Map([['inet', [makeRoute('default')]]])});
	const drafts = [...eventsOf(delta, lookBy('start'), new Causes())];
	t.deepEqual(drafts.map(nameOf), [
		'interface-found lo',
		'address-found lo 127.0.0.1',
		'interface-found v4',
		'address-found v4 10.4.0.2',
		'route-found default',
	]);
	for (const {body} of drafts) t.false('cause' in body);
});

test('an interface that comes is followed by its addresses, one that goes takes them with it', (t) => {
	t.deepEqual(story(linksDelta([makeLink(4), undefined], [undefined, makeLink(5)])), [
		'interface-removed v4',
		'address-removed v4 10.4.0.2 (interface-removed v4)',
		'interface-added v5',
		'address-added v5 10.5.0.2',
	]);
});

test('rule 4: one deleted and made again is a removal and an addition, never a change', (t) => {
	const again = track(makeLink(4, {ifname: 'new'}), {incarnation: 1});
	t.deepEqual(story(linksDelta([makeLink(4), again])), [
		'interface-removed v4',
		'address-removed v4 10.4.0.2 (interface-removed v4)',
		'interface-added new',
		'address-added new 10.4.0.2',
	]);
});

test('a place that only the engine knows to be different makes no event', (t) => {
	t.deepEqual(story(linksDelta([track(makeLink(4)), track(makeLink(4), {changedAt: 7})])), []);
});

const linkRows: readonly (readonly [string, Partial<Link>, Partial<Link>, readonly Difference[]])[] = [
	['the MTU', {}, {mtu: 1400}, [{field: 'mtu', before: 1500, after: 1400}]],
	['the name', {}, {ifname: 'new'}, [{field: 'ifname', before: 'v4', after: 'new'}]],
	['the hardware address', {}, {address: ''}, [{field: 'address', before: '02:00:00:00:00:04', after: ''}]],
	['a master that comes', {}, {master: 'br0'}, [{field: 'master', after: 'br0'}]],
	['a master that goes', {master: 'br0'}, {}, [{field: 'master', before: 'br0'}]],
	['alternative names', {}, {altnames: ['wan']}, [{field: 'altnames', before: [], after: ['wan']}]],
	['the alias', {ifalias: 'a'}, {ifalias: 'b'}, [{field: 'ifalias', before: 'a', after: 'b'}]],
	[
		'being up',
		{},
		{flags: ['BROADCAST', 'PROMISC', 'MULTICAST'], operstate: 'DOWN'},
		[
			{field: 'flags', added: ['PROMISC'], removed: ['UP', 'LOWER_UP']},
			{field: 'operstate', before: 'UP', after: 'DOWN'},
		],
	],
];

for (const [what, before, after, differences] of linkRows) {
	test(`a change of ${what} is one interface-changed with that field`, (t) => {
		const delta = linksDelta([makeLink(4, before), makeLink(4, after)]);
		t.deepEqual(story(delta), [`interface-changed ${after.ifname ?? 'v4'}`]);
		t.deepEqual(changesOf(delta), differences);
	});
}

test('link, its relatives and M-DOWN follow other links and make no change', (t) => {
	const after = makeLink(4, {link: 'p9', link_netnsid: 0, link_index: 7, flags: [...makeLink(4).flags, 'M-DOWN']});
	t.deepEqual(story(linksDelta([makeLink(4), after])), []);
});

test('flags in another order are no change', (t) => {
	t.deepEqual(story(linksDelta([makeLink(4), makeLink(4, {flags: makeLink(4).flags.toReversed()})])), []);
});

test('addresses that come, go and change are events of their own, and no change of the interface', (t) => {
	const delta = linksDelta([
		makeLink(4, {addr_info: [inet('10.4.0.2'), inet('10.4.0.3')]}),
		makeLink(4, {addr_info: [{...inet('10.4.0.2'), scope: 'link'}, inet6('fd00::1')]}),
	]);
	t.deepEqual(story(delta), ['address-removed v4 10.4.0.3', 'address-changed v4 10.4.0.2', 'address-added v4 fd00::1']);
});

test('an address is added tentative, and changed when it can be used or has failed', (t) => {
	const tentative: Address = {...inet6('fd00::1'), tentative: true};
	const link = (address: Address) => makeLink(4, {addr_info: [address]});
	t.deepEqual(changesOf(linksDelta([link(tentative), link(inet6('fd00::1'))])), [{field: 'tentative', before: true}]);
	t.deepEqual(changesOf(linksDelta([link(tentative), link({...inet6('fd00::1'), dadfailed: true})])), [
		{field: 'tentative', before: true},
		{field: 'dadfailed', after: true},
	]);
});

test('an IPv4 address with another prefix or peer is another one, an IPv6 peer changes', (t) => {
	const pair = (before: Address, after: Address) =>
		story(linksDelta([makeLink(4, {addr_info: [before]}), makeLink(4, {addr_info: [after]})]));
	const replaced = ['address-removed v4 10.4.0.2', 'address-added v4 10.4.0.2'];
	t.deepEqual(pair(inet('10.4.0.2'), inet('10.4.0.2', 16)), replaced);
	t.deepEqual(pair(inet('10.4.0.2', 32), {...inet('10.4.0.2', 32), address: '10.0.0.9'}), replaced);
	t.deepEqual(pair(inet6('fd00::1'), {...inet6('fd00::1'), address: 'fd00::9'}), ['address-changed v4 fd00::1']);
});

test('addresses in another order make no event', (t) => {
	const addresses = [inet('10.4.0.2'), inet('10.4.0.3')];
	t.deepEqual(story(linksDelta([makeLink(4, {addr_info: addresses}), makeLink(4, {addr_info: addresses.toReversed()})])), []);
});

test('IPv6 addresses that go as their interface goes down name that event, IPv4 ones do not', (t) => {
	const before = makeLink(4, {addr_info: [inet('10.4.0.2'), inet6('fd00::1')]});
	t.deepEqual(story(linksDelta([before, down({...before, addr_info: []})])), [
		'interface-changed v4',
		'address-removed v4 10.4.0.2',
		'address-removed v4 fd00::1 (interface-changed v4)',
	]);
});

const own = makeRoute('10.4.0.0/24', {protocol: 'kernel', scope: 'link', prefsrc: '10.4.0.2'});
const gateway = makeRoute('default', {gateway: '10.4.0.1'});

test('routes that go as their interface goes down name that event', (t) => {
	t.deepEqual(story(linksDelta([makeLink(4), down(makeLink(4))]), routesDelta([gateway, own], [])), [
		'interface-changed v4',
		'route-removed default (interface-changed v4)',
		'route-removed 10.4.0.0/24 (interface-changed v4)',
	]);
});

test('routes that go with a deleted interface name the nearest cause: its address where that was their source', (t) => {
	t.deepEqual(story(linksDelta([makeLink(4), undefined]), routesDelta([gateway, own, makeRoute('10.9.0.0/16', {dev: 'v5'})], [])), [
		'interface-removed v4',
		'address-removed v4 10.4.0.2 (interface-removed v4)',
		'route-removed default (interface-removed v4)',
		'route-removed 10.4.0.0/24 (address-removed v4 10.4.0.2)',
		'route-removed 10.9.0.0/16',
	]);
});

test('routes that go with an address name it: by source, by network (IPv6), and all of IPv4 with the last one', (t) => {
	const before = makeLink(4, {addr_info: [inet('10.4.0.2'), inet6('fd00::2')]});
	const six = makeRoute('fd00::/64', {family: 'inet6', protocol: 'kernel'});
	const events = story(linksDelta([before, {...before, addr_info: []}]), {
		links: [],
		routes: new Map([
			['inet', {start: 0, removed: [gateway, own], added: []}],
			['inet6', {start: 0, removed: [six, makeRoute('fd01::/64', {family: 'inet6', dev: 'v5'})], added: []}],
		]),
	});
	t.deepEqual(events, [
		'address-removed v4 10.4.0.2',
		'address-removed v4 fd00::2',
		'route-removed default (address-removed v4 10.4.0.2)',
		'route-removed 10.4.0.0/24 (address-removed v4 10.4.0.2)',
		'route-removed fd00::/64 (address-removed v4 fd00::2)',
		'route-removed fd01::/64',
	]);
});

test('one of several addresses takes its own routes only', (t) => {
	const before = makeLink(4, {addr_info: [inet('10.4.0.2'), inet('10.5.0.2')]});
	const after = makeLink(4, {addr_info: [inet('10.5.0.2')]});
	t.deepEqual(story(linksDelta([before, after]), routesDelta([gateway, own], [])).slice(1), [
		'route-removed default',
		'route-removed 10.4.0.0/24 (address-removed v4 10.4.0.2)',
	]);
});

test('an address that goes takes no route that has another one of its network as its source', (t) => {
	const before = makeLink(4, {addr_info: [inet('10.4.0.2'), inet('10.4.0.3')]});
	const after = makeLink(4, {addr_info: [inet('10.4.0.2')]});
	// The routes were read a moment later, when 10.4.0.2 had gone too.
	t.is(story(linksDelta([before, after]), routesDelta([own], [])).at(-1), 'route-removed 10.4.0.0/24');
});

test('what goes after the routes were read, or once the interface is up again, has another cause', (t) => {
	const goesDown = linksDelta([makeLink(4), down(makeLink(4))]);
	const comesUp = linksDelta([down(makeLink(4)), makeLink(4)]);
	t.is(story(goesDown, routesDelta([own], []), routesDelta([gateway], [])).at(-1), 'route-removed default');
	t.is(story(goesDown, comesUp, routesDelta([gateway], [])).at(-1), 'route-removed default');
});

test('a lost carrier takes only routes of nexthop objects', (t) => {
	const noCarrier = makeLink(4, {flags: ['NO-CARRIER', 'BROADCAST', 'MULTICAST', 'UP'], operstate: 'DOWN'});
	t.deepEqual(story(linksDelta([makeLink(4), noCarrier]), routesDelta([gateway, makeRoute('10.9.0.0/16', {nhid: 7})], [])), [
		'interface-changed v4',
		'route-removed default',
		'route-removed 10.9.0.0/16 (interface-changed v4)',
	]);
});

test('a rename is one change, and the routes by the new name are changes that follow from it', (t) => {
	const renamed = makeLink(4, {ifname: 'w4'});
	const delta = routesDelta(
		[gateway, own],
		[
			{...gateway, dev: 'w4'},
			{...own, dev: 'w4'},
		],
	);
	t.deepEqual(story(linksDelta([makeLink(4), renamed]), delta), [
		'interface-changed w4',
		'route-changed default (interface-changed w4)',
		'route-changed 10.4.0.0/24 (interface-changed w4)',
	]);
});

test('a next hop that dies with its interface is a change that follows from it', (t) => {
	const hops = [4, 5].map((n) => ({gateway: `10.${n}.0.1`, dev: `v${n}`, weight: 1, flags: [] as string[]}));
	const [first, second] = hops;
	const route = makeRoute('default', {nexthops: hops});
	const after = {
		...route,
		nexthops: [first, second].flatMap((hop, n) => (hop === undefined ? [] : [{...hop, flags: n === 0 ? ['dead'] : []}])),
	};
	t.deepEqual(story(linksDelta([makeLink(4), down(makeLink(4))]), routesDelta([route], [after])), [
		'interface-changed v4',
		'route-changed default (interface-changed v4)',
	]);
});

test('a replaced gateway and a new MTU of a route are one change, described', (t) => {
	const before = makeRoute('10.9.0.0/16', {gateway: '10.4.0.1'});
	t.deepEqual(changesOf(routesDelta([before], [{...before, gateway: '10.4.0.9'}])), [
		{field: 'gateway', before: '10.4.0.1', after: '10.4.0.9'},
	]);
	t.deepEqual(changesOf(routesDelta([before], [{...before, metrics: [{mtu: 1400}], flags: ['onlink']}])), [
		{field: 'flags', added: ['onlink'], removed: []},
		{field: 'metrics', after: [{mtu: 1400}]},
	]);
});

test('routes to one destination with another metric, TOS, source, table or family are other routes', (t) => {
	for (const more of [{metric: 5}, {tos: '0x10'}, {family: 'inet6'}, {from: 'fd00::/8'}, {table: '100'}] as const) {
		t.deepEqual(story(routesDelta([makeRoute('default')], [makeRoute('default', more)])), ['route-removed default', 'route-added default']);
	}
});

test('of several routes with one key those by the same device belong together', (t) => {
	const route = (dev: string, more: Partial<Route> = {}) => makeRoute('default', {dev, ...more});
	const causes = new Causes();
	const delta = routesDelta([route('v4'), route('v5')], [route('v5', {prefsrc: '10.5.0.2'}), route('v6')]);
	const events = [...eventsOf(delta, lookBy(), causes)].map(({body}) => ('changes' in body ? body.changes : []));
	t.deepEqual(events, [[{field: 'prefsrc', after: '10.5.0.2'}], [{field: 'dev', before: 'v4', after: 'v6'}]]);
});

test("the kernel's route for one interface never becomes that for another", (t) => {
	t.deepEqual(story(routesDelta([own], [{...own, dev: 'v5', prefsrc: '10.4.0.3'}])), [
		'route-removed 10.4.0.0/24',
		'route-added 10.4.0.0/24',
	]);
});

test('routes that only stand in another order make no event, and one of two equal ones that goes is one removal', (t) => {
	const list = [makeRoute('default'), makeRoute('10.9.0.0/16')];
	t.deepEqual(story(routesDelta(list, structuredClone(list).toReversed())), []);
	t.deepEqual(story(routesDelta([makeRoute('default'), makeRoute('default')], [makeRoute('default')])), ['route-removed default']);
});

test('the cause: of a look by the poll only what no line had announced is found by the poll', (t) => {
	const causeOf = (look: LookFacts) =>
		[...eventsOf(linksDelta([makeLink(4), makeLink(4, {mtu: 1})]), look, new Causes())].map(({body}) => 'cause' in body && body.cause);
	t.deepEqual(causeOf(lookBy('event')), ['event']);
	t.deepEqual(causeOf(lookBy('loss')), ['loss']);
	t.deepEqual(causeOf(lookBy('poll', () => false)), ['poll']);
	t.deepEqual(causeOf(lookBy('poll', (subject) => subject === 4)), ['event']);
});

test('a name that is not UTF-8 has its bytes beside it', (t) => {
	const [link, address] = eventsOf(linksDelta([undefined, makeLink(4, {ifname: 'a\udcff'})]), lookBy(), new Causes());
	t.like(link?.body, {interface: {ifname: 'a\udcff', ifname_bytes: '61ff'}});
	t.like(address?.body, {ifname: 'a\udcff', ifname_bytes: '61ff'});
});

test('whatever two route lists, the events lead from the one to the other', (t) => {
	const route = fc
		.record({
			dst: fc.integer({min: 0, max: 4}),
			dev: fc.integer({min: 0, max: 2}),
			metric: fc.option(fc.integer({min: 1, max: 2}), {nil: undefined}),
			protocol: fc.constantFrom('kernel', 'boot'),
		})
		.map(({dst, dev, metric, protocol}) =>
			makeRoute(`10.${dst}.0.0/16`, {dev: `v${dev}`, protocol, ...(metric === undefined ? {} : {metric})}),
		);
	const list = fc.array(route, {maxLength: 12});
	fc.assert(
		fc.property(list, list, (before, after) => {
			const balance = new Map<string, number>();
			const count = (item: Route, by: number) => balance.set(keyOf(item), (balance.get(keyOf(item)) ?? 0) + by);
			for (const item of before) count(item, 1);
			for (const item of after) count(item, -1);
			for (const {body} of eventsOf(routesDelta(before, after), lookBy(), new Causes())) {
				if (!('route' in body)) continue;
				if (body.event === 'route-removed') count(body.route, -1);
				else count(body.route, 1);
				if (body.event === 'route-changed') count(undo(body.route, body.changes), -1);
			}
			return [...balance.values()].every((number) => number === 0);
		}),
		{numRuns: 500},
	);
	t.pass();
});

const keyOf = (route: Route): string => JSON.stringify(Object.entries(route).sort());

/** The route before these changes. */
function undo(route: Route, changes: readonly Difference[]): Route {
	const before: Record<string, unknown> = {...route};
	for (const change of changes) {
		if ('added' in change) continue;
		if ('before' in change) before[change.field] = change.before;
		else delete before[change.field];
	}
	return before as unknown as Route;
}

test('a hundred thousand routes that come are as many events', (t) => {
	const routes = Array.from({length: 100_000}, (_, n) => makeRoute(`10.${n >> 16}.${(n >> 8) & 255}.${n & 255}`));
	t.is(
		[...eventsOf({...linksDelta([undefined, makeLink(4)]), ...{routes: routesDelta([], routes).routes}}, lookBy(), new Causes())].length,
		100_002,
	);
});

test('a gateway route that went while the only address was replaced has it as its cause, unless the monitor says that it was deleted', (t) => {
	const before = [{...inet('10.4.0.2'), prefixlen: 24}];
	const becauseOf = (after: readonly Address[], look = lookBy(), deleted: readonly string[] = [], first = before): string | undefined => {
		const causes = new Causes();
		for (const dst of deleted) causes.routeDeleted(dst);
		[...eventsOf(linksDelta([makeLink(4, {addr_info: first}), makeLink(4, {addr_info: after})]), look, causes)];
		const [draft] = eventsOf(routesDelta([makeRoute('10.9.0.0/16', {dev: 'v4', gateway: '10.4.0.1'})], []), look, causes);
		return draft?.because && nameOf(draft.because);
	};
	const other = [{...inet('10.4.0.2'), prefixlen: 32}];
	t.is(becauseOf(other), 'address-removed v4 10.4.0.2');
	t.is(becauseOf(other, lookBy(), ['10.9.0.0/16']), undefined);
	t.is(becauseOf(other, lookBy(), ['10.8.0.0/16']), 'address-removed v4 10.4.0.2');
	t.is(becauseOf(other, lookBy('loss')), undefined, 'its line may be lost');
	t.is(becauseOf([...before], lookBy(), [], [...before, inet('10.5.0.2')]), undefined, 'one was there all the time');
});
