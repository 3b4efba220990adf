import test from 'ava';
import {type EventChoice, eventFilter} from '../../src/diff/event-filter.js';
import type {EventBody} from '../../src/model/event.js';
import {inet, inet6, makeLink, makeRoute} from '../helpers/records.js';

const cause = 'event';
const link: EventBody = {event: 'interface-added', interface: makeLink(4), cause};
const renamed: EventBody = {
	event: 'interface-changed',
	interface: makeLink(4, {ifname: 'wan'}),
	changes: [{field: 'ifname', before: 'v4', after: 'wan'}],
	cause,
};
const address: EventBody = {event: 'address-added', ifindex: 4, ifname: 'v4', address: inet('10.4.0.2'), cause};
const six: EventBody = {event: 'address-added', ifindex: 4, ifname: 'v4', address: inet6('fd00::1'), cause};
const route: EventBody = {event: 'route-added', route: makeRoute('default'), cause};
const hop = {weight: 1, flags: []};
const multipath: EventBody = {
	event: 'route-found',
	route: {...withoutDevice(), nexthops: ['v7', 'v8'].map((dev) => ({...hop, dev}))},
};
const blackhole: EventBody = {event: 'route-added', route: {...withoutDevice(), type: 'blackhole'}, cause};
const other: EventBody = {event: 'route-added', route: makeRoute('default', {table: '100'}), cause};
const flap: EventBody = {event: 'route-flapped', route: {dst: '10.0.0.0/8', dev: 'v4'}, count: 2, within: 1};
const sixFlap: EventBody = {event: 'route-flapped', route: {dst: 'fe80::/64', dev: 'v4'}, count: 2, within: 1};
const anyFlap: EventBody = {event: 'route-flapped', route: {dst: 'default'}, count: 2, within: 1};
const call: EventBody = {event: 'call', op: 'add-iface', ok: true, attempt: 1, duration_ms: 1, payload: {}, ifname: 'v4'};
const routesCall: EventBody = {event: 'call', op: 'update-routes', ok: true, attempt: 1, duration_ms: 1, payload: []};
const ready: EventBody = {event: 'ready', interfaces: 1, routes: 1};

function withoutDevice() {
	const {dev: _, ...rest} = makeRoute('10.8.0.0/16');
	return rest;
}

const all = {link, renamed, address, six, route, multipath, blackhole, other, flap, sixFlap, anyFlap, call, routesCall, ready};

const rows: readonly (readonly [string, EventChoice, string])[] = [
	['nothing is narrowed', {}, 'link renamed address six route multipath blackhole other flap sixFlap anyFlap call routesCall ready'],
	['--only interface', {only: ['interface']}, 'link renamed ready'],
	['--only address,call', {only: ['address', 'call']}, 'address six call routesCall ready'],
	['--only route', {only: ['route']}, 'route multipath blackhole other flap sixFlap anyFlap ready'],
	['--family inet', {families: ['inet']}, 'link renamed address route multipath blackhole other flap anyFlap call routesCall ready'],
	['--family inet6', {families: ['inet6']}, 'link renamed six sixFlap anyFlap call routesCall ready'],
	['--dev v4', {dev: ['v4']}, 'link renamed address six route other flap sixFlap call routesCall ready'],
	['--dev wan', {dev: ['wan']}, 'renamed routesCall ready'],
	['--dev "v[78]"', {dev: ['v[78]']}, 'multipath routesCall ready'],
	['--dev x,v8', {dev: ['x', 'v8']}, 'multipath routesCall ready'],
	['--table 100', {table: (name) => name === '100'}, 'link renamed address six other flap sixFlap anyFlap call routesCall ready'],
];

for (const [title, choice, expected] of rows) {
	test(title, (t) => {
		const counts = eventFilter(choice);
		const counted = Object.entries(all).filter(([, body]) => counts(body));
		t.is(counted.map(([name]) => name).join(' '), expected);
	});
}
