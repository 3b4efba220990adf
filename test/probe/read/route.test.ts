import test from 'ava';
import {isCloned, routeOf} from '../../../src/probe/read/route.js';

const question = 'ip -j -d route show table main';

test('what ip leaves out without -d has its default: unicast, boot, global', (t) => {
	t.deepEqual(routeOf({dst: 'default', gateway: '10.0.0.1', dev: 'v0', flags: []}, 'inet', question), {
		family: 'inet',
		type: 'unicast',
		dst: 'default',
		gateway: '10.0.0.1',
		dev: 'v0',
		protocol: 'boot',
		scope: 'global',
		table: 'main',
		flags: [],
	});
});

test('everything that -d prints is kept, unknown keys pass and null is as good as absent', (t) => {
	const entry = {
		...{type: 'unicast', dst: '10.0.0.0/8', from: 'fd00::/8', via: {family: 'inet6', host: 'fe80::1'}, dev: 'v0', prefsrc: '10.0.0.2'},
		...{
			protocol: 'static',
			scope: 'link',
			metric: 50,
			tos: '0x10',
			flags: ['linkdown'],
			metrics: [{mtu: 1300}],
			pref: 'medium',
			gateway: null,
		},
	};
	t.deepEqual(routeOf(entry, 'inet6', question), {
		...{
			family: 'inet6',
			type: 'unicast',
			dst: '10.0.0.0/8',
			from: 'fd00::/8',
			via: {family: 'inet6', host: 'fe80::1'},
			dev: 'v0',
			prefsrc: '10.0.0.2',
		},
		...{protocol: 'static', scope: 'link', metric: 50, tos: '0x10', table: 'main', flags: ['linkdown'], metrics: [{mtu: 1300}]},
	});
});

test('next hops keep their order, their gateway of either family, and a weight of 1 where none is named', (t) => {
	const route = routeOf(
		{
			dst: 'default',
			nexthops: [
				{gateway: '10.0.0.1', dev: 'v0', weight: 3},
				{via: {family: 'inet6', host: 'fe80::1'}, dev: 'bad\xff'},
				{encap: 'mpls', dev: 'v1'},
			],
		},
		'inet',
		question,
	);
	t.deepEqual(route.nexthops, [
		{gateway: '10.0.0.1', dev: 'v0', weight: 3, flags: []},
		{via: {family: 'inet6', host: 'fe80::1'}, dev: 'bad\udcff', weight: 1, flags: []},
		{dev: 'v1', weight: 1, flags: [], encap: 'mpls'},
	]);
	t.is(route.dev, undefined);
});

for (const encap of ['mpls', {type: 'mpls', dst: '100'}]) {
	test(`an encapsulation printed as ${typeof encap} counts as one`, (t) => {
		t.is(routeOf({dst: 'default', dev: 'v0', encap}, 'inet', question).encap, 'mpls');
	});
}

test('a via without a host does not count as no gateway', (t) => {
	t.is(routeOf({dst: 'default', via: {family: 'inet6'}}, 'inet', question).via?.host, '?');
});

test('a cloned or cached route is known by its flags or its cache information', (t) => {
	t.true(isCloned({flags: ['cloned']}));
	t.true(isCloned({flags: ['linkdown', 'cache']}));
	t.true(isCloned({flags: [], cache: []}));
	t.false(isCloned({flags: ['linkdown', 'onlink']}));
	t.false(isCloned({}));
	t.false(isCloned({flags: null, cache: null}), 'null is what older releases print for nothing');
});

for (const [entry, message] of [
	[{dst: null}, /route "\?": "dst" is not a string/],
	[{dst: 7}, /route 7: "dst" is not a string/],
	[{metric: '50'}, /route "default": "metric" is not a whole number/],
	[{gateway: {}}, /"gateway" is not a string/],
	[{via: 'fe80::1'}, /"via" is not an object/],
	[{nexthops: {}}, /"nexthops" is not a list/],
	[{nexthops: [1]}, /"nexthops" is not a list of objects/],
	[{nexthops: [{dev: 'v0', weight: 'x'}]}, /route "default": next hop: "weight" is not a whole number/],
	[{scope: 0}, /"scope" is not a string/],
	[{type: 1}, /"type" is not a string/],
] as const) {
	test(`a route with ${JSON.stringify(entry)} is an error that names the place`, (t) => {
		t.throws(() => routeOf(Object.assign({dst: 'default', dev: 'v0'}, entry), 'inet', question), {name: 'ShapeError', message});
	});
}
