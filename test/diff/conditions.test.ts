import test from 'ava';
import {judgeCondition, parseCondition} from '../../src/diff/conditions.js';
import type {Family, Link} from '../../src/model/link.js';
import type {Route} from '../../src/model/route.js';
import {inet, inet6, makeLink, makeRoute, tableOf} from '../helpers/records.js';

const both: readonly Family[] = ['inet', 'inet6'];

function judge(text: string, links: readonly Link[], routes: readonly Route[] = [], families = both): string {
	const condition = parseCondition(text);
	if (condition === undefined) return 'no condition';
	const byFamily = new Map(both.map((family) => [family, routes.filter((route) => route.family === family)]));
	const {holds, why} = judgeCondition(condition, {table: tableOf(...links), routes: byFamily}, families);
	return `${holds ? 'yes' : 'no'}: ${why}`;
}

const up = makeLink(4, {addr_info: [inet('10.0.0.2')]});
const down = makeLink(5, {flags: ['BROADCAST'], addr_info: []});
const pulled = makeLink(6, {flags: ['UP', 'NO-CARRIER'], addr_info: [], altnames: ['enp3s0']});

for (const [text, verdict] of [
	['link:v4', 'yes: v4 is there'],
	['link:v9', 'no: there is no interface v9'],
	['!link:v9', 'yes: there is no interface v9'],
	['link:enp3s0', 'yes: enp3s0 is there'],
	['up:v4', 'yes: v4 is up'],
	['up:v5', 'no: v5 is down'],
	['up:v6', 'no: v6 is up, but has no carrier'],
	['up:v9', 'no: there is no interface v9'],
	['!up:v5', 'yes: v5 is down'],
	['gone:v9', 'yes: there is no interface v9'],
	['gone:v4', 'no: v4 is there'],
	['!gone:v4', 'yes: v4 is there'],
	['address:v4', 'yes: v4 has 10.0.0.2/24'],
	['address:v4=10.0.0.2', 'yes: v4 has 10.0.0.2/24'],
	['address:v4=10.0.0.2/24', 'yes: v4 has 10.0.0.2/24'],
	['address:v4=10.0.0.2/16', 'no: v4 is up, it does not have 10.0.0.2/16, only 10.0.0.2/24'],
	['!address:v4=10.0.0.9', 'yes: v4 is up, it does not have 10.0.0.9, only 10.0.0.2/24'],
	['address:v5', 'no: v5 is down, it has no address'],
	['address:v9', 'no: there is no interface v9'],
] as const) {
	test(`${text}: ${verdict}`, (t) => t.is(judge(text, [up, down, pulled]), verdict));
}

test('a link-local address counts only when it is named, IPv4 or IPv6', (t) => {
	const link = makeLink(4, {addr_info: [inet6('fe80::1', 64, 'link'), inet('169.254.7.7', 16)]});
	t.is(judge('address:v4', [link]), 'no: v4 is up, it has fe80::1/64, 169.254.7.7/16, which do not count');
	t.is(judge('address:v4=fe80::1', [link]), 'yes: v4 has fe80::1/64');
	t.is(judge('address:v4', [makeLink(4, {addr_info: [inet6('fe8::1')]})]), 'yes: v4 has fe8::1/64');
	t.is(judge('address:v4=169.254.7.7/16', [link]), 'yes: v4 has 169.254.7.7/16');
});

test('a tentative address does not count yet, a duplicate never', (t) => {
	const tentative = {...inet6('fd00::2'), tentative: true} as const;
	t.is(judge('address:v4', [makeLink(4, {addr_info: [tentative]})]), 'no: v4 is up, its address fd00::2/64 is tentative');
	t.is(
		judge('address:v4=fe80::1', [makeLink(4, {addr_info: [{...inet6('fe80::1', 64, 'link'), tentative: true}]})]),
		'no: v4 is up, its address fe80::1/64 is tentative',
	);
	t.regex(judge('address:v4', [makeLink(4, {addr_info: [{...inet6('fd00::2'), dadfailed: true}]})]), /is a duplicate of another host/);
	t.is(judge('address:v4', [makeLink(4, {addr_info: [tentative, inet('10.0.0.2')]})]), 'yes: v4 has 10.0.0.2/24');
});

test('an address is the same in each of its text forms, and --family narrows those that are not named', (t) => {
	const link = makeLink(4, {addr_info: [inet6('fd00::2')]});
	t.is(judge('address:v4=FD00:0:0::0002/64', [link]), 'yes: v4 has fd00::2/64');
	t.regex(judge('address:v4', [link], [], ['inet']), /^no: /);
});

test('an interface may have = and : in its name', (t) => {
	const link = makeLink(4, {ifname: 'a=b', addr_info: [inet('10.0.0.2')]});
	t.is(judge('address:a=b=10.0.0.2', [link]), 'yes: a=b has 10.0.0.2/24');
	t.is(judge('link:a=b', [link]), 'yes: a=b is there');
});

for (const [text, route, verdict] of [
	['route:default', makeRoute('default'), 'yes: there is a default route'],
	['route:default', makeRoute('10.0.0.0/8'), 'no: there is no default route'],
	['route:default', makeRoute('default', {family: 'inet6'}), 'yes: there is a default route'],
	['route:0.0.0.0/0', makeRoute('default', {family: 'inet6'}), 'no: there is no route to 0.0.0.0/0'],
	['route:::/0', makeRoute('default', {family: 'inet6'}), 'yes: there is a route to ::/0'],
	['route:10.0.0.0/8', makeRoute('10.0.0.0/8'), 'yes: there is a route to 10.0.0.0/8'],
	['route:10.0.0.0/8', makeRoute('10.0.0.0/9'), 'no: there is no route to 10.0.0.0/8'],
	['route:10.1.2.3/32', makeRoute('10.1.2.3'), 'yes: there is a route to 10.1.2.3/32'],
	['route:10.1.2.3', makeRoute('10.1.2.3'), 'yes: there is a route to 10.1.2.3'],
	['route:FD00::/64', makeRoute('fd00::/64', {family: 'inet6'}), 'yes: there is a route to FD00::/64'],
	['route:default', makeRoute('default', {type: 'unreachable'}), 'no: the default route is unreachable'],
	['route:default', makeRoute('default', {flags: ['dead', 'linkdown']}), 'no: the default route is dead'],
	[
		'route:default',
		makeRoute('default', {
			nexthops: [
				{weight: 1, flags: ['dead']},
				{weight: 1, flags: []},
			],
		}),
		'yes: there is a default route',
	],
	['route:default', makeRoute('default', {nexthops: [{weight: 1, flags: ['dead']}]}), 'no: the default route is dead'],
] as const) {
	test(`${text} where there is ${JSON.stringify(route)}`, (t) => t.is(judge(text, [], [route]), verdict));
}

for (const text of [
	'eth0',
	'link:',
	'Link:eth0',
	'address:',
	'address:eth0=',
	'address:=10.0.0.1',
	'address:eth0=300.0.0.1',
	'address:eth0=10.0.0.1/33',
	'address:eth0=fd00::1/129',
	'address:eth0=fe80::1%eth0',
	'route:eth0',
	'route:10.0.0.1/8',
	'route:10.0.0.0/8/8',
	'!!link:eth0',
]) {
	test(`${text} is no condition`, (t) => t.is(judge(text, []), 'no condition'));
}
