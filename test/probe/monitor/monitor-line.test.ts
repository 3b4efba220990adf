import test from 'ava';
import fc from 'fast-check';
import type {MonitorEvent} from '../../../src/probe/monitor/monitor-line.js';
import {bytesOfText} from '../../../src/text/byte-text.js';
import {doorbell} from '../../helpers/captures.js';

/** The rest of a LINK line after its name. */
const details = ' <BROADCAST,UP> mtu 1500 qdisc noqueue state UP group default \\    link/ether 02:00:00:00:00:01 brd ff:ff:ff:ff:ff:ff';

interface Row {
	readonly title: string;
	readonly line: string;
	readonly event: MonitorEvent | undefined;
}

const rows: readonly Row[] = [
	{title: 'a link', line: `[LINK]4: v0:${details}`, event: {kind: 'link', deleted: false, ifindex: 4, name: 'v0'}},
	{
		title: 'a link with its parent',
		line: `[LINK]4: v0@v1:${details}`,
		event: {kind: 'link', deleted: false, ifindex: 4, name: 'v0', written: 'v0@v1'},
	},
	{
		title: 'a link whose parent is elsewhere',
		line: `[LINK]4: v0@if7:${details}`,
		event: {kind: 'link', deleted: false, ifindex: 4, name: 'v0', written: 'v0@if7'},
	},
	{title: 'a deleted link', line: `[LINK]Deleted 4: v0:${details}`, event: {kind: 'link', deleted: true, ifindex: 4, name: 'v0'}},
	{
		title: 'a link that moved to another namespace',
		line: `[LINK]Deleted 4: v0@v1:${details} new-netnsid 0 new-ifindex 4`,
		event: {kind: 'link', deleted: true, ifindex: 4, name: 'v0', written: 'v0@v1'},
	},
	{
		title: 'a port released by its bridge, which lives',
		line: '[LINK]Deleted 2: v0p@v0: <BROADCAST,UP> mtu 1500 master br0 state UP \\    link/ether 02:00:00:00:00:11',
		event: {kind: 'link', deleted: true, ifindex: 2, name: 'v0p', written: 'v0p@v0', bridgePort: true},
	},
	{
		title: "a bridge's own word of its port",
		line: '[LINK]2: v0p@v0: <BROADCAST,UP> mtu 1500 master br0 state UP \\    link/ether 02:00:00:00:00:11',
		event: {kind: 'link', deleted: false, ifindex: 2, name: 'v0p', written: 'v0p@v0', bridgePort: true},
	},
	...['qdisc', 'group', 'master', 'state'].map(
		(master): Row => ({
			title: `a port released by a bridge that is called ${master}`,
			line: `[LINK]Deleted 2: v0p@v0: <BROADCAST,UP> mtu 1500 master ${master} state UP \\    link/ether 02:00:00:00:00:11`,
			event: {kind: 'link', deleted: true, ifindex: 2, name: 'v0p', written: 'v0p@v0', bridgePort: true},
		}),
	),
	...['qdisc', 'group', 'master', 'state'].map(
		(master): Row => ({
			title: `a port, really deleted, of a bridge that is called ${master}`,
			line: `[LINK]Deleted 2: v0p: <BROADCAST> mtu 1500 qdisc noop master ${master} state DOWN group default \\    link/ether 02:00:00:00:00:11`,
			event: {kind: 'link', deleted: true, ifindex: 2, name: 'v0p'},
		}),
	),
	{
		title: 'a port that is really deleted',
		line: '[LINK]Deleted 2: v0p: <BROADCAST> mtu 1500 qdisc noop master br0 state DOWN group default \\    link/ether 02:00:00:00:00:11',
		event: {kind: 'link', deleted: true, ifindex: 2, name: 'v0p'},
	},
	{
		title: 'a link with an altname that looks like a master',
		line: `[LINK]2: v0:${details}\\    altname master\\    altname br0`,
		event: {kind: 'link', deleted: false, ifindex: 2, name: 'v0'},
	},
	{
		title: 'a link named Deleted',
		line: `[LINK]20: Deleted:${details}`,
		event: {kind: 'link', deleted: false, ifindex: 20, name: 'Deleted'},
	},
	{
		title: 'the deletion of a link named Deleted',
		line: `[LINK]Deleted 20: Deleted:${details}`,
		event: {kind: 'link', deleted: true, ifindex: 20, name: 'Deleted'},
	},
	{title: 'a link named [ADDR]9', line: `[LINK]9: [ADDR]9:${details}`, event: {kind: 'link', deleted: false, ifindex: 9, name: '[ADDR]9'}},
	{title: 'a link named if3', line: `[LINK]21: if3:${details}`, event: {kind: 'link', deleted: false, ifindex: 21, name: 'if3'}},
	{
		title: 'a link named a@if3 in an address event, where no parent is printed',
		line: '[ADDR]12: a@if3    inet 10.3.0.2/24 scope global a@if3\\       valid_lft forever preferred_lft forever',
		event: {kind: 'address', deleted: false, ifindex: 12, name: 'a@if3'},
	},
	{title: 'a link whose name begins with @', line: `[LINK]9: @x:${details}`, event: {kind: 'link', deleted: false, ifindex: 9, name: '@x'}},
	{
		title: 'control characters in a name',
		line: `[LINK]18: ctl\u0001\u001b[1m:${details}`,
		event: {kind: 'link', deleted: false, ifindex: 18, name: 'ctl\u0001\u001b[1m'},
	},
	{
		title: 'a name that is not UTF-8',
		line: `[LINK]17: bad\xff\xfe:${details}`,
		event: {kind: 'link', deleted: false, ifindex: 17, name: 'bad\udcff\udcfe'},
	},
	{title: 'a name in UTF-8', line: `[LINK]15: \xc3\xbcn:${details}`, event: {kind: 'link', deleted: false, ifindex: 15, name: 'ün'}},
	{
		title: 'a name with a backslash',
		line: `[LINK]14: back\\n:${details}`,
		event: {kind: 'link', deleted: false, ifindex: 14, name: 'back\\n'},
	},
	{
		title: 'an address',
		line: '[ADDR]3: v0    inet 10.1.0.2/24 brd 10.1.0.255 scope global v0\\       valid_lft forever preferred_lft forever',
		event: {kind: 'address', deleted: false, ifindex: 3, name: 'v0'},
	},
	{
		title: 'a deleted address',
		line: '[ADDR]Deleted 3: v0    inet 10.1.0.2/24 scope global v0:lbl\\       valid_lft forever preferred_lft forever',
		event: {kind: 'address', deleted: true, ifindex: 3, name: 'v0'},
	},
	{title: 'a route of the main table', line: '[ROUTE]10.9.0.0/16 dev v0 scope link ', event: {kind: 'route', deleted: false}},
	{title: 'a deleted route', line: '[ROUTE]Deleted default via 10.1.0.1 dev v0 ', event: {kind: 'route', deleted: true}},
	{
		title: 'a route whose table has a name',
		line: '[ROUTE]local ::1 dev lo table local proto kernel',
		event: {kind: 'route', deleted: false, table: 'local'},
	},
	{
		title: 'a route whose table has a number',
		line: '[ROUTE]10.13.0.0/16 via 10.1.0.1 dev v0 table 100 ',
		event: {kind: 'route', deleted: false, table: '100'},
	},
	{title: 'a route whose table is called main', line: '[ROUTE]10.13.0.0/16 dev v0 table main ', event: {kind: 'route', deleted: false}},
	{
		title: 'a route of table 254, which is the main one',
		line: '[ROUTE]10.13.0.0/16 dev v0 table 254 ',
		event: {kind: 'route', deleted: false},
	},
	{
		title: 'a multipath route',
		line: '[ROUTE]10.10.0.0/16 \\\tnexthop via 10.1.0.1 dev v0 weight 1 \\\tnexthop via 10.2.0.1 dev v1 weight 2 ',
		event: {kind: 'route', deleted: false},
	},
	{title: 'a nexthop', line: '[NEXTHOP]id 10 via 10.1.0.1 dev v0 scope link ', event: {kind: 'nexthop', deleted: false}},
	{title: 'a deleted nexthop', line: '[NEXTHOP]Deleted id 22 group 20/21,3 ', event: {kind: 'nexthop', deleted: true}},
	{
		title: 'bare labels of events that were filtered out, of which the last counts',
		line: '[LINK][LINK][ADDR]4: v0    inet 10.0.0.1/24 scope global v0',
		event: {kind: 'address', deleted: false, ifindex: 4, name: 'v0'},
	},
	{
		title: 'a namespace and a label',
		line: `[nsid current][LINK]4: v0:${details}`,
		event: {kind: 'link', deleted: false, ifindex: 4, name: 'v0'},
	},
	{title: 'a namespace with a number', line: '[nsid 7][ROUTE]default via 10.0.0.1 dev v0 ', event: {kind: 'route', deleted: false}},
	{
		title: 'a short timestamp before it all',
		line: `[2026-01-31T12:00:00.123456] [nsid 7][LINK]Deleted 4: v0:${details}`,
		event: {kind: 'link', deleted: true, ifindex: 4, name: 'v0'},
	},
	{
		title: 'a multicast address, which newer releases show where the objects are not named',
		line: '[ADDR]4: v0    inet6 mcast ff02::1 scope link',
		event: {kind: 'address', deleted: false, ifindex: 4, name: 'v0'},
	},
	{title: 'a line of a timestamp alone', line: 'Timestamp: Sat Jan 31 12:00:00 2026 123456 usec', event: undefined},
	{title: 'a continuation', line: '\tnh_info id 10 via 10.1.0.1 dev v0', event: undefined},
	{title: 'an alias that pretends to be an event, indented', line: '    [LINK]Deleted 1: lo:', event: undefined},
	{title: 'another object', line: '[NEIGH]10.0.0.1 dev v0 lladdr 02:00:00:00:00:01 REACHABLE', event: undefined},
	{title: 'a bare label', line: '[LINK]', event: undefined},
	{title: 'a bare label after a namespace', line: '[nsid 7][LINK]', event: undefined},
	{title: 'a label and Deleted alone', line: '[LINK]Deleted ', event: undefined},
	{title: 'a link without an index', line: `[LINK]v0:${details}`, event: undefined},
	{title: 'an empty line', line: '', event: undefined},
	{title: 'a timestamp without an event', line: '[2026-01-31T12:00:00.123456] ', event: undefined},
	{title: 'JSON', line: '[{"ifindex":4,"ifname":"v0"}]', event: undefined},
];

for (const {title, line, event} of rows) {
	test(`${title} is read as ${event === undefined ? 'no event' : describe(event)}`, (t) => {
		t.deepEqual(doorbell(line), event);
	});
}

/** Bytes that dev_valid_name allows, as latin1. */
const kernelName = fc
	.array(
		fc.integer({min: 1, max: 255}).filter((byte) => !(byte >= 9 && byte <= 13) && !' /:\xa0'.includes(String.fromCharCode(byte))),
		{minLength: 1, maxLength: 15},
	)
	.map((bytes) => String.fromCharCode(...bytes))
	.filter((name) => name !== '.' && name !== '..');

test('whatever bytes a name has, an address event carries them all and an index', (t) => {
	fc.assert(
		fc.property(kernelName, fc.nat(), fc.boolean(), (name, ifindex, deleted) => {
			const line = `[ADDR]${deleted ? 'Deleted ' : ''}${ifindex}: ${name}    inet 10.0.0.1/24 scope global ${name}\\       valid_lft forever`;
			const event = doorbell(line);
			t.like(event, {kind: 'address', deleted, ifindex});
			t.deepEqual(bytesOfText(event?.name ?? ''), Buffer.from(name, 'latin1'));
		}),
	);
});

test('whatever bytes a name without @ has, a link event carries them all, an index, and whether it is deleted', (t) => {
	fc.assert(
		fc.property(kernelName, fc.nat(), fc.boolean(), fc.constantFrom('', '@v1', '@if3', '@NONE'), (name, ifindex, deleted, parent) => {
			fc.pre(!name.includes('@'));
			const event = doorbell(`[LINK]${deleted ? 'Deleted ' : ''}${ifindex}: ${name}${parent}:${details}`);
			t.like(event, {kind: 'link', deleted, ifindex});
			t.is(event?.bridgePort, undefined);
			t.deepEqual(bytesOfText(event?.name ?? ''), Buffer.from(name, 'latin1'));
		}),
	);
});

test('whatever bytes a name with @ has, a link event carries what was written, which is the name or begins with it', (t) => {
	fc.assert(
		fc.property(kernelName, kernelName, fc.constantFrom('', '@v1', '@if3', '@NONE'), (before, after, parent) => {
			const name = `${before}@${after}`;
			const event = doorbell(`[LINK]4: ${name}${parent}:${details}`);
			t.deepEqual(bytesOfText(event?.written ?? ''), Buffer.from(name + parent, 'latin1'));
		}),
	);
});

test('a route through a device of any name is in the table that is printed, or in the main one', (t) => {
	fc.assert(
		fc.property(kernelName, fc.constantFrom(undefined, '100', 'local'), (name, table) => {
			const event = doorbell(`[ROUTE]10.9.0.0/16 dev ${name} ${table === undefined ? '' : `table ${table} `}scope link `);
			t.deepEqual(event, table === undefined ? {kind: 'route', deleted: false} : {kind: 'route', deleted: false, table});
		}),
	);
});

test('a route through a device that is called "table" is not mistaken for one of another table', (t) => {
	t.deepEqual(doorbell('[ROUTE]10.9.0.0/16 dev table scope link '), {kind: 'route', deleted: false});
	t.deepEqual(doorbell('[ROUTE]10.9.0.0/16 via 10.0.0.1 dev table '), {kind: 'route', deleted: false});
	t.deepEqual(doorbell('[ROUTE]10.9.0.0/16 dev table table 100 '), {kind: 'route', deleted: false, table: '100'});
});

test('no line at all makes it throw', (t) => {
	fc.assert(
		fc.property(fc.string({unit: 'binary'}), fc.constantFrom('', '[LINK]', '[ADDR]', '[ROUTE]', '[LINK]Deleted '), (text, prefix) => {
			t.notThrows(() => doorbell(prefix + Buffer.from(text).toString('latin1')));
		}),
	);
});

function describe({kind, deleted, bridgePort, table}: MonitorEvent): string {
	return `${bridgePort ? "a bridge's " : ''}${kind} event${deleted ? ', deleted' : ''}${table === undefined ? '' : `, table ${table}`}`;
}
