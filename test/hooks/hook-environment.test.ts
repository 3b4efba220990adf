import test from 'ava';
import {eventEnvironment, inheritedEnvironment} from '../../src/hooks/hook-environment.js';
import type {SubjectChange} from '../../src/model/hook.js';
import {inet, inet6, makeLink, makeRoute} from '../helpers/records.js';

const envelope = {v: 1, time: '2026-11-26T12:03:04.123Z', seq: 1} as const;

function environmentOf(body: SubjectChange, netns?: string, own: Record<string, string> = {}) {
	return {...inheritedEnvironment(own), ...eventEnvironment({...envelope, ...(netns === undefined ? {} : {netns}), ...body})};
}

test('an interface has its index and name, and the namespace where it has a name', (t) => {
	t.deepEqual(environmentOf({event: 'interface-added', interface: makeLink(4), cause: 'event'}, 'web'), {
		NETMON_EVENT: 'interface-added',
		NETMON_EVENT_NETNS: 'web',
		NETMON_EVENT_IFINDEX: '4',
		NETMON_EVENT_IFNAME: 'v4',
	});
});

test('an address has its prefix length', (t) => {
	const address = {event: 'address-found', ifindex: 4, ifname: 'v4', address: inet('10.0.0.2')} as const;
	t.deepEqual(environmentOf(address), {
		NETMON_EVENT: 'address-found',
		NETMON_EVENT_IFINDEX: '4',
		NETMON_EVENT_IFNAME: 'v4',
		NETMON_EVENT_ADDRESS: '10.0.0.2/24',
	});
	t.is(environmentOf({...address, address: inet6('fd00::2')})['NETMON_EVENT_ADDRESS'], 'fd00::2/64');
});

test('a route has its destination, and a gateway and device where it has one; a gateway of the other family counts', (t) => {
	t.deepEqual(environmentOf({event: 'route-removed', route: makeRoute('default', {gateway: '10.0.0.1'}), cause: 'event'}), {
		NETMON_EVENT: 'route-removed',
		NETMON_EVENT_DST: 'default',
		NETMON_EVENT_GATEWAY: '10.0.0.1',
		NETMON_EVENT_DEV: 'v4',
	});
	const via = {via: {family: 'inet6', host: 'fe80::1'}};
	t.is(environmentOf({event: 'route-added', route: makeRoute('default', via), cause: 'event'})['NETMON_EVENT_GATEWAY'], 'fe80::1');
});

test('the rest is netmon’s own environment, without the event of a hook that netmon itself was started by', (t) => {
	const own = {PATH: '/bin', NETMON_IP: '/sbin/ip', NETMON_EVENT_ADDRESS: '192.0.2.1/24', NETMON_EVENT: 'address-added'};
	t.deepEqual(environmentOf({event: 'route-added', route: makeRoute('10.0.0.0/8'), cause: 'event'}, undefined, own), {
		PATH: '/bin',
		NETMON_IP: '/sbin/ip',
		NETMON_EVENT: 'route-added',
		NETMON_EVENT_DST: '10.0.0.0/8',
		NETMON_EVENT_DEV: 'v4',
	});
});

test('a program has nothing of the service that netmon is: it could tell systemd that netmon is ready', (t) => {
	t.deepEqual(
		inheritedEnvironment({NOTIFY_SOCKET: '/run/systemd/notify', WATCHDOG_PID: '4', WATCHDOG_USEC: '60000000', INVOCATION_ID: 'x'}),
		{
			INVOCATION_ID: 'x',
		},
	);
});
