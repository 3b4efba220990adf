import test from 'ava';
import type {SendableRoute} from '../../src/model/sendable-route.js';
import {interfacePayload, routePayload} from '../../src/runtime/payload.js';
import {makeRecord} from '../helpers/records.js';

const both = makeRecord(4, {
	addresses: [
		{family: 2, address: '10.4.0.2', mask: '24'},
		{family: 10, address: 'fd00::2', mask: '64'},
	],
});

const route: SendableRoute = {dest: '10.9.0.0/16', gateway: '10.4.0.1', device: 'v4', source: '10.4.0.2', scope: 253};
const defaultRoute: SendableRoute = {dest: '', gateway: '10.4.0.1', device: 'v4', source: '', scope: 0};

test('kata-1.13: an interface, byte for byte', (t) => {
	t.is(
		interfacePayload(both, 'kata-1.13'),
		'{"Device":"v4","Name":"v4","IPAddresses":[{"Family":2,"Address":"10.4.0.2","Mask":"24"},{"Family":10,"Address":"fd00::2","Mask":"64"}],"Mtu":1500,"RawFlags":0,"HwAddr":"02:00:00:00:00:04","PciPath":{},"LinkType":"veth"}',
	);
});

test('kata-1.5: an interface, byte for byte', (t) => {
	t.is(
		interfacePayload(both, 'kata-1.5'),
		'{"Device":"v4","Name":"v4","IPAddresses":[{"Family":2,"Address":"10.4.0.2","Mask":"24"},{"Family":10,"Address":"fd00::2","Mask":"64"}],"Mtu":1500,"HwAddr":"02:00:00:00:00:04","PciAddr":"","LinkType":"veth"}',
	);
});

test('an interface without addresses has null, one without a hardware address has ""', (t) => {
	const record = makeRecord(9, {addresses: [], hwaddr: '', linkType: 'tun', mtu: 0});
	t.is(
		interfacePayload(record, 'kata-1.13'),
		'{"Device":"v9","Name":"v9","IPAddresses":null,"Mtu":0,"RawFlags":0,"HwAddr":"","PciPath":{},"LinkType":"tun"}',
	);
	t.is(
		interfacePayload(record, 'kata-1.5'),
		'{"Device":"v9","Name":"v9","IPAddresses":null,"Mtu":0,"HwAddr":"","PciAddr":"","LinkType":"tun"}',
	);
});

test('a name of any bytes is written as Go writes it, twice', (t) => {
	const payload = interfacePayload(makeRecord(4, {name: '<"\\\u001b\udcff&>'}), 'kata-1.13');
	const name = String.raw`"\u003c\"\\\u001b\ufffd\u0026\u003e"`;
	t.true(payload.startsWith(`{"Device":${name},"Name":${name},`));
});

test('kata-1.13: routes, byte for byte, destinations with their prefix', (t) => {
	t.is(
		[defaultRoute, route].map((each) => routePayload(each, 'kata-1.13')).join(),
		'{"Dest":"","Gateway":"10.4.0.1","Device":"v4","Source":"","Scope":0},{"Dest":"10.9.0.0/16","Gateway":"10.4.0.1","Device":"v4","Source":"10.4.0.2","Scope":253}',
	);
});

test('kata-1.5: destinations without their prefix', (t) => {
	t.is(
		[defaultRoute, route, {...route, dest: 'fd00::/32'}].map((each) => routePayload(each, 'kata-1.5')).join(),
		'{"Dest":"","Gateway":"10.4.0.1","Device":"v4","Source":"","Scope":0},{"Dest":"10.9.0.0","Gateway":"10.4.0.1","Device":"v4","Source":"10.4.0.2","Scope":253},{"Dest":"fd00::","Gateway":"10.4.0.1","Device":"v4","Source":"10.4.0.2","Scope":253}',
	);
});
