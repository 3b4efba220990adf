import test from 'ava';
import type {Difference, Event, EventBody} from '../../src/model/event.js';
import {wantsColours} from '../../src/report/colour.js';
import {Lines, type LinesOptions} from '../../src/report/lines.js';
import {columnsOf, wrapped} from '../../src/report/wrap.js';
import {TestFeed, tellStory} from '../helpers/event-story.js';
import {inet6, makeLink, makeRoute} from '../helpers/records.js';

const plain: LinesOptions = {colours: false, namespaces: false, timestamps: 'time', columns: () => undefined};

/** Without the time, which depends on this machine's time zone. */
const lineOf = (body: EventBody, options: Partial<LinesOptions> = {}, envelope: Partial<Event> = {}): string =>
	new Lines({...plain, ...options}).line({v: 1, time: '2026-11-26T12:03:04.123Z', seq: 1, ...envelope, ...body}).slice(13, -1);

test('a story in lines for people', async (t) => {
	const story = new TestFeed();
	await tellStory(story);
	const lines = new Lines(plain);
	t.deepEqual(
		story.events.map((event) => lines.line(event).replace(/^\d\d:(\d\d:\d\d\.\d{3}) /, '')),
		[
			'  netns  found\n',
			'  lo     #1 device up mtu 65536\n',
			'  lo     127.0.0.1/8\n',
			'  eth0   #2 veth up mtu 1500 02:00:00:00:00:02\n',
			'  eth0   10.0.0.2/24\n',
			'  eth0   fd00::2/64\n',
			'  route  default via 10.0.0.1 dev eth0\n',
			'  route  10.0.0.0/24 dev eth0 proto kernel src 10.0.0.2\n',
			'  ready  2 interfaces, 2 routes\n',
			'~ eth0   mtu 1500 → 1400\n',
			'~ route  default via 10.0.0.1 → 10.0.0.9\n',
			'~ eth0   down\n',
			'~ eth0   -fd00::2/64                                   (eth0 went down)\n',
			'- route  default via 10.0.0.9 dev eth0                 (eth0 went down)\n',
			'- route  10.0.0.0/24 dev eth0 proto kernel src 10.0.0.2  (eth0 went down)\n',
			'~ wan    renamed from eth0\n',
			'~ wan    10.0.0.2/24 deprecated none → true\n',
			'! call   add-iface veth1 failed: exit code 1 (try 2, 3.3 ms, again in 400 ms): no such sandbox\n',
			'+ veth1  #3 veth up mtu 1500 02:00:00:00:00:03\n',
			'~ veth1  +fd01::3/64 tentative\n',
			'+ route  10.9.0.0/16 dev veth1 mtu 1400\n',
			'! route  10.8.0.0/16 dev lo flapped: 40 events in 0 ms, no change left\n',
			'! loss   the kernel has dropped events; everything is read again\n',
			'- wan    removed\n',
			'~ wan    -10.0.0.2/24                                  (wan was removed)\n',
			'! missed the poll found 1 change that no event had announced\n',
			'- netns  gone\n',
		],
	);
});

function changed(changes: readonly Difference[]): EventBody {
	return {event: 'interface-changed', interface: makeLink(4), changes, cause: 'event'};
}

const words: readonly (readonly [string, EventBody])[] = [
	[
		'up',
		changed([
			{field: 'flags', added: ['UP', 'LOWER_UP'], removed: []},
			{field: 'operstate', before: 'DOWN', after: 'UP'},
		]),
	],
	['up, no carrier', changed([{field: 'flags', added: ['UP', 'NO-CARRIER'], removed: []}])],
	['no carrier', changed([{field: 'flags', added: ['NO-CARRIER'], removed: ['LOWER_UP']}])],
	['carrier', changed([{field: 'flags', added: ['LOWER_UP'], removed: ['NO-CARRIER']}])],
	['down, -PROMISC', changed([{field: 'flags', added: [], removed: ['UP', 'PROMISC']}])],
	['renamed from d0', changed([{field: 'ifname', before: 'd0', after: 'v4'}])],
	['joined br0', changed([{field: 'master', after: 'br0'}])],
	['left br0', changed([{field: 'master', before: 'br0'}])],
	['+altname wan, -altname old', changed([{field: 'altnames', before: ['old'], after: ['wan']}])],
	['state UP → DORMANT', changed([{field: 'operstate', before: 'UP', after: 'DORMANT'}])],
	['address none → 02:00:00:00:00:04', changed([{field: 'address', before: '', after: '02:00:00:00:00:04'}])],
];

for (const [text, body] of words) test(`an interface: ${text}`, (t) => t.is(lineOf(body), `~ v4     ${text}`));

test('an address that can be used, and one that another host has', (t) => {
	const facts = {event: 'address-changed', ifindex: 4, ifname: 'v4', cause: 'event'} as const;
	const ended = {field: 'tentative', before: true} as const;
	t.is(lineOf({...facts, address: inet6('fd00::1'), changes: [ended]}), '~ v4     fd00::1/64 can be used');
	const duplicate = {...inet6('fd00::1'), dadfailed: true} as const;
	const changes = [ended, {field: 'dadfailed', after: true}];
	t.is(lineOf({...facts, address: duplicate, changes}), '~ v4     fd00::1/64 is used by another host');
});

const hops = ['a', 'b'].map((dev, n) => ({gateway: `10.${n}.0.1`, dev, weight: n + 1, flags: n === 0 ? [] : ['dead', 'linkdown']}));

const {dev: _, ...route} = makeRoute('default');

test('a multipath route names each hop, and a change of it the hops that differ', (t) => {
	t.is(
		lineOf({event: 'route-added', route: {...route, nexthops: hops}, cause: 'event'}),
		'+ route  default via 10.0.0.1 dev a, via 10.1.0.1 dev b weight 2 dead linkdown',
	);
	const before = hops.map((hop) => ({...hop, flags: []}));
	t.is(
		lineOf({
			event: 'route-changed',
			route: makeRoute('default'),
			changes: [{field: 'nexthops', before, after: hops}],
			cause: 'event',
		}),
		'~ route  default -via 10.1.0.1 dev b weight 2, +via 10.1.0.1 dev b weight 2 dead linkdown',
	);
});

test('--dry-run says what would be called', (t) => {
	const body: EventBody = {event: 'call', op: 'update-routes', ok: true, attempt: 1, duration_ms: 0, payload: [], dry_run: true};
	t.is(lineOf(body), '> call   would call update-routes []');
});

test('a run of a program for a route names its destination', (t) => {
	const payload = {event: 'route-added', route: makeRoute('10.9.0.0/16')};
	const body: EventBody = {event: 'call', op: 'route-added', ok: true, attempt: 1, duration_ms: 3.25, payload};
	t.is(lineOf(body), '> call   route-added 10.9.0.0/16, 3.3 ms');
});

test('the namespace has a column after the time where there are several, which grows with its names', (t) => {
	const lines = new Lines({...plain, namespaces: true});
	const event = (netns: string | undefined): Event => ({
		v: 1,
		time: '2026-11-26T12:03:04.123Z',
		seq: 1,
		...(netns === undefined ? {} : {netns}),
		event: 'loss',
		reason: 'x',
	});
	t.deepEqual(
		['web', 'database', undefined].map((netns) => lines.line(event(netns)).slice(13, 30)),
		['web ! loss   x; e', 'database ! loss  ', '-        ! loss  '],
	);
});

test('the date stands in every line with full timestamps, else in a line of its own when the day changes', (t) => {
	const at = (time: string): Event => ({v: 1, time, seq: 1, event: 'namespace-gone'});
	const full = new Lines({...plain, timestamps: 'full'});
	t.regex(full.line(at('2026-11-26T12:00:00.000Z')), /^2026-11-2\d \d\d:\d\d:00\.000 - netns {2}gone\n$/);
	const lines = new Lines(plain);
	t.regex(lines.line(at('2026-11-26T12:00:00.000Z')), /^\d\d:/);
	t.regex(lines.line(at('2026-11-27T12:00:00.000Z')), /^2026-11-2\d\n\d\d:\d\d:00\.000 - /);
	t.regex(lines.line(at('2026-11-27T12:00:01.000Z')), /^\d\d:/);
});

const long: EventBody = {
	event: 'route-added',
	route: makeRoute('2001:db8:aaaa:bbbb:cccc:dddd:eeee:f000/124', {
		gateway: '2001:db8:aaaa:bbbb:cccc:dddd:eeee:ffff',
		dev: 'averylongname15',
		prefsrc: '2001:db8:aaaa:bbbb:cccc:dddd:eeee:1111',
		protocol: 'static',
	}),
	cause: 'event',
};

for (const columns of [60, 80, 200]) {
	test(`at ${columns} columns no line is too long, and nothing is broken in the middle of an address`, (t) => {
		const text = lineOf(long, {columns: () => columns});
		const [first = '', ...rest] = text.split('\n');
		for (const line of [`${' '.repeat(13)}${first}`, ...rest]) t.true(columnsOf(line) <= columns, line);
		const wide = lineOf(long);
		t.is(text.replace(/\s+/g, ' '), wide.replace(/\s+/g, ' '));
		t.is(rest.length > 0, columns < 100);
	});
}

test('a terminal gets no control characters, and wide names take the columns they take', (t) => {
	const body: EventBody = {event: 'interface-removed', interface: makeLink(4, {ifname: 'a\u001b[31m'}), cause: 'event'};
	t.is(lineOf(body), '- a\\x1b[31m removed');
	t.is(columnsOf('網絡'), 4);
	t.is(lineOf({event: 'interface-removed', interface: makeLink(4, {ifname: '網'}), cause: 'event'}), '- 網     removed');
});

test('JSON is broken after a comma', (t) => {
	t.is(wrapped('call {"a":1,"b":2,"c":3}', 10, 24), 'call {"a":1,\n    "b":2,"c":3}');
});

test('a line goes on below its first column where there is room, else near the margin; words and their values stay together', (t) => {
	const route = '10.8.0.0/16 via 10.0.0.1 dev eth0, via 10.0.0.7 dev eth0 weight 20';
	t.is(wrapped(route, 20, 60), `10.8.0.0/16 via 10.0.0.1 dev eth0,\n${' '.repeat(20)}via 10.0.0.7 dev eth0 weight 20`);
	t.is(wrapped(route, 40, 60), '10.8.0.0/16\n    via 10.0.0.1 dev eth0, via 10.0.0.7 dev eth0 weight 20');
});

test('one long name does not take the room of all lines', (t) => {
	const lines = new Lines({colours: false, namespaces: false, timestamps: 'time', columns: () => 60});
	const found = (ifname: string): Event => ({
		...{v: 1, time: '2026-11-26T12:03:04.123Z', seq: 1},
		event: 'interface-found',
		interface: makeLink(4, {ifname}),
	});
	const long = lines.line(found('verylongname001'));
	t.true(long.includes('verylongname001 #4'), long);
	t.regex(lines.line(found('eth0')), / eth0 {6} #4/);
});

test('colours: --color before FORCE_COLOR before NO_COLOR before what the terminal is', (t) => {
	t.true(wantsColours('auto', true, {}));
	t.false(wantsColours('auto', false, {}));
	t.false(wantsColours('auto', true, {NO_COLOR: '1'}));
	t.false(wantsColours('auto', true, {TERM: 'dumb'}));
	t.true(wantsColours('auto', false, {FORCE_COLOR: '1', NO_COLOR: '1'}));
	t.false(wantsColours('auto', true, {FORCE_COLOR: '0'}));
	t.true(wantsColours('always', false, {NO_COLOR: '1'}));
	t.false(wantsColours('never', true, {FORCE_COLOR: '1'}));
	t.true(lineOf({event: 'namespace-gone'}, {colours: true}).endsWith('\u001b[31m- netns  gone\u001b[0m'));
});
