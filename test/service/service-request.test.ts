import test from 'ava';
import {isServiceProcess, serviceRequest} from '../../src/service/service-request.js';

const ids = {pid: 40, ppid: 30};
const socket = {NOTIFY_SOCKET: '/run/systemd/notify'};

test('without a notify socket nobody is told anything', (t) => {
	t.is(serviceRequest({}, ids), undefined);
	t.is(serviceRequest({NOTIFY_SOCKET: ''}, ids), undefined);
});

test('a notify socket alone asks for no pings', (t) => {
	t.deepEqual(serviceRequest(socket, ids), {socket: '/run/systemd/notify', watchdogMs: undefined});
});

for (const [pid, usec, watchdogMs] of [
	[undefined, '60000000', 60_000],
	['', '60000000', 60_000],
	['40', '60000000', 60_000],
	['41', '60000000', undefined],
	['40', '0', undefined],
	['40', 'soon', undefined],
	['40', undefined, undefined],
] as const) {
	test(`WATCHDOG_PID=${pid} and WATCHDOG_USEC=${usec}: a ping within ${watchdogMs} ms`, (t) => {
		t.is(serviceRequest({...socket, WATCHDOG_PID: pid, WATCHDOG_USEC: usec}, ids)?.watchdogMs, watchdogMs);
	});
}

for (const [who, pid, isMeant] of [
	['netmon itself', '40', true],
	['its parent, a wrapper', '30', true],
	['another one, whose descendant netmon is', '20', false],
	['nobody knows whom, before systemd 248', undefined, true],
] as const) {
	test(`the socket of a service that is ${who}: ${isMeant ? 'netmon uses it' : 'netmon leaves it alone'}`, (t) => {
		t.is(isServiceProcess({SYSTEMD_EXEC_PID: pid}, ids), isMeant);
		t.is(serviceRequest({...socket, SYSTEMD_EXEC_PID: pid}, ids) !== undefined, isMeant);
	});
}
