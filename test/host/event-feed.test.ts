import test from 'ava';
import {linksDelta, lookBy, routesDelta, startDelta} from '../helpers/deltas.js';
import {TestFeed, tellStory} from '../helpers/event-story.js';
import {inet, loopback, makeLink, makeRoute, tableOf} from '../helpers/records.js';

const nothing = {links: [], routes: new Map()};

test('every event of a story fits the schema, and is numbered without a gap', async (t) => {
	const story = new TestFeed({}, {netns: 'web'});
	await tellStory(story);
	t.deepEqual(
		story.events.map(({seq}) => seq),
		story.events.map((_, index) => index + 1),
	);
	for (const {v, netns, time} of story.events) {
		t.is(v, 1);
		t.is(netns, 'web');
		t.regex(time, /^2026-11-26T12:03:\d\d\.\d{3}Z$/);
	}
	t.deepEqual(
		story.events.map(({event}) => event),
		[
			'namespace-found',
			'interface-found',
			'address-found',
			'interface-found',
			'address-found',
			'address-found',
			'route-found',
			'route-found',
			'ready',
			'interface-changed',
			'route-changed',
			'interface-changed',
			'address-removed',
			'route-removed',
			'route-removed',
			'interface-changed',
			'address-changed',
			'call',
			'interface-added',
			'address-added',
			'route-added',
			'route-flapped',
			'loss',
			'interface-removed',
			'address-removed',
			'missed',
			'namespace-gone',
		],
	);
});

test('what goes with something else names its event by number', async (t) => {
	const story = new TestFeed();
	await tellStory(story);
	const goesDown = story.events.find(({event, seq}) => event === 'interface-changed' && seq > 10)?.seq;
	const because = story.events.flatMap((event) =>
		'because' in event && event.because !== undefined ? [[event.event, event.because]] : [],
	);
	t.deepEqual(because.slice(0, 3), [
		['address-removed', {event: 'interface-changed', seq: goesDown}],
		['route-removed', {event: 'interface-changed', seq: goesDown}],
		['route-removed', {event: 'interface-changed', seq: goesDown}],
	]);
});

test('a cause that a filter leaves out has no number, and no number is spent on it', async (t) => {
	const story = new TestFeed({only: ['route']});
	await tellStory(story);
	const removed = story.events.find(({event}) => event === 'route-removed');
	t.like(removed, {because: {event: 'interface-changed'}});
	t.false(removed !== undefined && 'because' in removed && 'seq' in (removed.because ?? {}));
	t.deepEqual(
		story.events.map(({seq}) => seq),
		story.events.map((_, index) => index + 1),
	);
});

test('ready counts what was found, as far as it counts', (t) => {
	const picture = {table: tableOf(loopback, makeLink(4)), routes: new Map([['inet', [makeRoute('default')]]] as const)};
	for (const [choice, counts] of [
		[{}, {interfaces: 2, routes: 1}],
		[{dev: ['v*']}, {interfaces: 1, routes: 1}],
		[{only: ['route']}, {interfaces: 0, routes: 1}],
	] as const) {
		const {feed, events} = new TestFeed(choice);
		feed.looked(startDelta(picture), lookBy('start'));
		t.like(events.at(-1), {event: 'ready', ...counts});
	}
});

const add = '[ROUTE]10.8.0.0/16 dev lo scope link ';
const gone = '[ROUTE]Deleted 10.8.0.0/16 dev lo scope link ';
const flaps = ({events}: TestFeed) => events.filter(({event}) => event.endsWith('flapped'));

test('issue 13: 20 adds and deletes of a route between two looks are one event with the right count, and no change', async (t) => {
	const story = new TestFeed();
	for (let n = 0; n < 20; n += 1) story.hears(add, gone);
	story.feed.looked(nothing, lookBy());
	await story.clock.pass(5000);
	t.is(story.events.length, 1);
	t.like(story.events[0], {event: 'route-flapped', route: {dst: '10.8.0.0/16', dev: 'lo'}, count: 40});
});

test('what looks have shown is not counted: lines and changes add up', async (t) => {
	const story = new TestFeed();
	const route = makeRoute('10.8.0.0/16', {dev: 'lo'});
	for (let n = 0; n < 10; n += 1) story.hears(add, gone);
	story.hears(add);
	story.feed.looked(routesDelta([], [route]), lookBy());
	for (let n = 0; n < 9; n += 1) story.hears(gone, add);
	story.hears(gone);
	story.feed.looked(routesDelta([route], []), lookBy());
	await story.clock.pass(5000);
	t.deepEqual(
		story.events.map(({event}) => event),
		['route-added', 'route-removed', 'route-flapped'],
	);
	t.like(story.events.at(-1), {count: 38});
});

test('lines that come after the look which has shown their change are no flap', async (t) => {
	const story = new TestFeed();
	const route = makeRoute('10.8.0.0/16', {dev: 'lo'});
	story.feed.looked(routesDelta([], [route]), lookBy());
	story.feed.looked(routesDelta([route], []), lookBy());
	story.hears(add, gone);
	story.feed.looked(nothing, lookBy());
	await story.clock.pass(5000);
	t.deepEqual(flaps(story), []);
});

test('lines of another table are not counted: an IPv6 address that comes and goes leaves those of the local one', async (t) => {
	const story = new TestFeed();
	story.hears('[ROUTE]local fd00::2 dev v4 table local ', '[ROUTE]Deleted local fd00::2 dev v4 table local ');
	story.feed.looked(nothing, lookBy());
	await story.clock.pass(5000);
	t.deepEqual(story.events, []);
});

test('lines that only repeat what is there are no flap', async (t) => {
	const story = new TestFeed();
	story.hears(add, add, '[ADDR]4: v4    inet 10.4.0.2/24 scope global v4', '[ADDR]4: v4    inet 10.4.0.2/24 scope global v4');
	story.feed.looked(nothing, lookBy());
	await story.clock.pass(5000);
	t.deepEqual(story.events, []);
});

const linkLine = (flags: string, state: string) =>
	`[LINK]4: v4@if3: <BROADCAST,MULTICAST,${flags}> mtu 1500 qdisc noqueue state ${state} group default \\    link/ether 02:00`;

test('an interface that went down and up again between two looks has flapped; the lines of one change are none', async (t) => {
	const back = new TestFeed();
	back.hears(linkLine('NO-CARRIER', 'DOWN'), linkLine('UP,LOWER_UP', 'UP'));
	back.feed.looked(nothing, lookBy());
	await back.clock.pass(5000);
	t.like(flaps(back)[0], {event: 'interface-flapped', interface: {ifindex: 4, ifname: 'v4'}, count: 2});

	const up = new TestFeed();
	up.feed.looked(linksDelta([makeLink(4, {flags: []}), makeLink(4)]), lookBy());
	up.hears(linkLine('NO-CARRIER,UP', 'DOWN'), linkLine('UP,LOWER_UP', 'UP'));
	up.feed.looked(nothing, lookBy());
	await up.clock.pass(5000);
	t.deepEqual(flaps(up), []);
});

test('an interface and an address that came and went have flapped', async (t) => {
	const story = new TestFeed();
	story.hears('[LINK]9: x9: <BROADCAST> mtu 1500 state DOWN \\  ', '[LINK]Deleted 9: x9: <BROADCAST> mtu 1500 state DOWN \\  ');
	story.hears('[ADDR]4: v4    inet 10.9.0.2/24 scope global v4', '[ADDR]Deleted 4: v4    inet 10.9.0.2/24 scope global v4');
	story.feed.looked(nothing, lookBy());
	await story.clock.pass(5000);
	t.like(flaps(story)[0], {event: 'interface-flapped', interface: {ifindex: 9, ifname: 'x9'}, count: 2});
	t.like(flaps(story)[1], {event: 'interface-flapped', interface: {ifindex: 4, ifname: 'v4'}, count: 2});
	t.is(flaps(story).length, 2);
});

test('an interface that has flapped has its name in bytes too, where that is not UTF-8', async (t) => {
	const story = new TestFeed();
	story.hears('[LINK]9: x\xff: <BROADCAST> mtu 1500 state DOWN \\  ', '[LINK]Deleted 9: x\xff: <BROADCAST> mtu 1500 state DOWN \\  ');
	story.feed.looked(nothing, lookBy());
	await story.clock.pass(5000);
	t.like(flaps(story)[0], {event: 'interface-flapped', interface: {ifindex: 9, ifname: 'x\udcff', ifname_bytes: '78ff'}});
});

test('a subject that flaps for minutes is reported once a second, and every line is counted', async (t) => {
	const story = new TestFeed();
	for (let n = 0; n < 100; n += 1) {
		story.hears(add, gone);
		story.feed.looked(nothing, lookBy());
		await story.clock.pass(100);
	}
	await story.clock.pass(5000);
	const counts = flaps(story).map((event) => ('count' in event ? event.count : 0));
	t.is(
		counts.reduce((sum, count) => sum + count, 0),
		200,
	);
	t.true(counts.length <= 12, String(counts));
});

test('above 100 subjects in a second the rest is one event, and memory is bounded', async (t) => {
	const story = new TestFeed();
	const dst = (n: number) => `10.${n >> 16}.${(n >> 8) & 255}.${n & 255}`;
	for (let n = 0; n < 30_000; n += 1) story.hears(`[ROUTE]${dst(n)} dev lo `, `[ROUTE]Deleted ${dst(n)} dev lo `);
	story.feed.looked(nothing, lookBy());
	await story.clock.pass(1500);
	t.is(flaps(story).length, 101);
	t.like(flaps(story).at(-1), {event: 'route-flapped', subjects: 19_900, count: 39_800});
});

test('lines of what a filter leaves out are not counted', async (t) => {
	const story = new TestFeed({dev: ['eth*']});
	story.hears(add, gone);
	story.feed.looked(nothing, lookBy());
	await story.clock.pass(5000);
	t.deepEqual(story.events, []);
});

test('without sinks nothing is worked out', (t) => {
	const {feed} = new TestFeed();
	t.notThrows(() => feed.looked(linksDelta([undefined, makeLink(4, {addr_info: [inet('10.4.0.2')]})]), lookBy()));
});

test('a large look is published in several turns: what comes meanwhile follows it, and a picture asked for meanwhile comes after it', (t) => {
	const turns: (() => void)[] = [];
	const story = new TestFeed({}, {later: (_, goOn) => turns.push(goOn)});
	const routes = Array.from({length: 1000}, (_, index) => makeRoute(`10.0.${index >> 8}.${index & 255}`, {dev: 'eth0'}));
	story.feed.looked(startDelta({table: tableOf(), routes: new Map()}), lookBy('start'));
	story.feed.looked(routesDelta([], routes), lookBy());
	t.true(story.events.length < 1000);
	story.feed.lost('the kernel has dropped events');
	story.feed.looked(routesDelta(routes, []), lookBy('loss'));
	const picture = story.feed.picture({table: tableOf(), routes: new Map()});
	t.deepEqual(
		picture.map(({event, seq}) => [event, seq]),
		[['ready', 2002]],
	);
	for (const turn of turns) turn();
	const events = story.events.map(({event}) => event);
	t.deepEqual(events, ['ready', ...routes.map(() => 'route-added' as const), 'loss', ...routes.map(() => 'route-removed' as const)]);
	t.deepEqual(story.faults, []);
});

test('what a large look has not published yet is published at the end', (t) => {
	const story = new TestFeed({}, {later: () => undefined});
	story.feed.looked(
		routesDelta(
			[],
			Array.from({length: 1000}, (_, index) => makeRoute(`10.0.${index >> 8}.${index & 255}`)),
		),
		lookBy(),
	);
	story.feed.stop();
	t.is(story.events.length, 1000);
});

test('nothing is reported as flapped while the look that explains it is published', async (t) => {
	const turns: (() => void)[] = [];
	const story = new TestFeed({}, {later: (_, goOn) => turns.push(goOn)});
	const on = (dev: string) =>
		Array.from({length: 1000}, (_, index) => makeRoute(`10.0.${index >> 8}.${index & 255}`, {dev, protocol: 'kernel'}));
	story.hears(...on('eth1').flatMap(({dst}) => [`[ROUTE]Deleted ${dst} dev eth0`, `[ROUTE]${dst} dev eth1`]));
	story.feed.looked(routesDelta(on('eth0'), on('eth1')), lookBy());
	await story.clock.pass(1500);
	for (const turn of turns) turn();
	await story.clock.pass(3000);
	t.is(story.events.length, 2000);
	t.false(story.events.some(({event}) => event === 'route-flapped'));
});
