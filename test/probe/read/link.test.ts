import test from 'ava';
import {parseIpJson} from '../../../src/probe/read/ip-json.js';
import {linkOf} from '../../../src/probe/read/link.js';

const question = 'ip -j -d addr show';
const least = {ifindex: 4, ifname: 'v0', flags: ['UP'], mtu: 1500};

function link(entry: object) {
	return linkOf({...least, ...entry}, question);
}

test('an entry with nothing but the least has the defaults', (t) => {
	t.deepEqual(linkOf(least, question), {
		...least,
		operstate: 'UNKNOWN',
		link_type: '',
		address: '',
		link_kind: 'device',
		altnames: [],
		addr_info: [],
	});
});

test('unknown keys pass, and null is as good as absent', (t) => {
	const entry = {
		...least,
		master: null,
		operstate: null,
		address: null,
		linkinfo: null,
		addr_info: null,
		link: null,
		zzz: {a: [1.5]},
		txqlen: 1000,
	};
	t.deepEqual(linkOf(entry, question), linkOf(least, question));
});

test('a peer whose namespace is being removed has an index and no number of its namespace', (t) => {
	t.deepEqual(link({link_index: 7, link_netnsid: -1}), link({link_index: 7}));
	t.is(link({link_index: 7, link_netnsid: 0}).link_netnsid, 0);
});

for (const [what, linkinfo, kind] of [
	['its kind', {info_kind: 'veth'}, 'veth'],
	['no kind: device', {info_slave_kind: 'bridge'}, 'device'],
	['an empty kind: device', {info_kind: ''}, 'device'],
	['a tun in tun mode: tun', {info_kind: 'tun', info_data: {type: 'tun'}}, 'tun'],
	['a tun in tap mode: tap', {info_kind: 'tun', info_data: {type: 'tap'}}, 'tap'],
	['a tun that does not say its mode: tun', {info_kind: 'tun'}, 'tun'],
	['another kind with the data of a tap: its kind', {info_kind: 'veth', info_data: {type: 'tap'}}, 'veth'],
] as const) {
	test(`linkinfo with ${what}`, (t) => {
		t.is(link({linkinfo}).link_kind, kind);
	});
}

test('the hardware address is kept as ip prints it', (t) => {
	t.is(link({address: '10.0.0.1'}).address, '10.0.0.1');
	t.is(link({address: '00:00:00:00:00:00'}).address, '00:00:00:00:00:00');
});

test('addresses keep their order, their scope or global, and their peer', (t) => {
	const {addr_info: addresses} = link({
		addr_info: [
			{family: 'inet', local: '10.0.0.1', prefixlen: 32, scope: 'global', address: '10.0.0.2', valid_life_time: 4294967295},
			{},
			{family: 'inet6', local: 'fe80::1', prefixlen: 64, scope: 'link', tentative: true, protocol: 'kernel_ll'},
			{family: 'inet', local: '10.0.0.3', prefixlen: 24},
		],
	});
	t.deepEqual(addresses, [
		{family: 'inet', local: '10.0.0.1', prefixlen: 32, scope: 'global', address: '10.0.0.2'},
		{family: 'inet6', local: 'fe80::1', prefixlen: 64, scope: 'link', tentative: true},
		{family: 'inet', local: '10.0.0.3', prefixlen: 24, scope: 'global'},
	]);
});

test('lifetimes that count down and protocols that only some releases print make no difference', (t) => {
	const at = (life: number, more: object) =>
		link({
			addr_info: [
				{family: 'inet', local: '10.0.0.1', prefixlen: 24, scope: 'global', valid_life_time: life, preferred_life_time: life, ...more},
			],
		});
	t.deepEqual(at(100, {dynamic: true}), at(99, {dynamic: true, protocol: 'kernel_ra'}));
});

for (const [entry, message] of [
	[{ifindex: '4'}, /interface "v0": "ifindex" is not a whole number: "4"/],
	[{ifindex: 0}, /interface "v0": "ifindex" is 0/],
	[{ifindex: -1}, /"ifindex" is not a whole number: -1/],
	[{ifindex: 1.5}, /"ifindex" is not a whole number: 1.5/],
	[{ifindex: null}, /"ifindex" is not a whole number: null/],
	[{ifname: null}, /interface 4: "ifname" is not a string/],
	[{ifname: 7}, /"ifname" is not a string: 7/],
	[{flags: 'UP'}, /"flags" is not a list: "UP"/],
	[{flags: ['UP', 1]}, /"flags" is not a list of strings/],
	[{mtu: '1500'}, /"mtu" is not a whole number/],
	[{mtu: null}, /"mtu" is not a whole number/],
	[{operstate: 1}, /"operstate" is not a string/],
	[{address: []}, /"address" is not a string/],
	[{linkinfo: []}, /"linkinfo" is not an object/],
	[{master: 3}, /"master" is not a string/],
	[{addr_info: {}}, /"addr_info" is not a list/],
	[{addr_info: [null]}, /"addr_info" is not a list of objects/],
	[{addr_info: [{family: 'inet', prefixlen: 24}]}, /address of "v0": "local" is not a string/],
	[{addr_info: [{family: 'inet', local: '10.0.0.1'}]}, /address of "v0": "prefixlen" is not a whole number/],
	[{addr_info: [{local: '10.0.0.1', prefixlen: 24}]}, /address of "v0": "family" is not a string/],
] as const) {
	test(`an entry with ${JSON.stringify(entry)} is an error that names the place`, (t) => {
		t.throws(() => link(entry), {name: 'ShapeError', message});
		t.throws(() => link(entry), {message: /^ip -j -d addr show: /});
	});
}

test('an entry of an unknown address family is no address, and costs the link nothing else (sonic-buildimage#28025)', (t) => {
	const known = {family: 'inet', local: '10.0.0.1', prefixlen: 24, scope: 'global'} as const;
	const unknown = [
		{family_index: 45, local: '???', prefixlen: 0, scope: 'global'},
		{family: 'mctp', local: '8', prefixlen: 0},
		{family: null, family_index: 45},
	];
	t.deepEqual(link({addr_info: [...unknown, known, ...unknown]}).addr_info, [known]);
});

test('names are read as bytes, the master too', (t) => {
	const [entry] = parseIpJson('[{"ifindex":4,"ifname":"bad\xff","flags":[],"mtu":1500,"master":"br\xc3\xbc"}]', question);
	t.like(linkOf(entry ?? {}, question), {ifname: 'bad\udcff', master: 'brü'});
});
