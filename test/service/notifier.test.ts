import test from 'ava';
import {Notifier} from '../../src/service/notifier.js';
import {HeldClock} from '../helpers/held-clock.js';
import {RecordingLog} from '../helpers/recording-log.js';

/** A notifier whose messages end when, and as, the test says. */
function makeNotifier() {
	const sent: (readonly string[])[] = [];
	const log = new RecordingLog();
	const clock = new HeldClock();
	let end: (reason: string | undefined) => void = () => undefined;
	const notifier = new Notifier(
		(fields) =>
			new Promise((resolve) => {
				sent.push(fields);
				end = resolve;
			}),
		clock,
		log,
	);
	const ends = async (reason?: string) => {
		end(reason);
		await clock.pass(0);
	};
	return {notifier, sent, log, clock, ends};
}

test('one message is on its way at a time; what comes meanwhile goes together in the next, each field with its newest value', async (t) => {
	const {notifier, sent, ends} = makeNotifier();
	notifier.tell({READY: '1', STATUS: 'one'});
	notifier.tell({STATUS: 'two', WATCHDOG: '1'});
	notifier.tell({STATUS: 'three'});
	t.deepEqual(sent, [['READY=1', 'STATUS=one']]);
	await ends();
	t.deepEqual(sent.slice(1), [['STATUS=three', 'WATCHDOG=1']]);
	await ends();
	t.is(sent.length, 2);
});

test('nothing to tell is no message', (t) => {
	const {notifier, sent} = makeNotifier();
	notifier.tell({});
	t.deepEqual(sent, []);
});

test('what could not be sent is sent again with back-off, with newer values, and is said once', async (t) => {
	const {notifier, sent, log, clock, ends} = makeNotifier();
	notifier.tell({READY: '1', STATUS: 'one'});
	notifier.tell({STATUS: 'two'});
	await ends('no such file');
	await clock.pass(499);
	t.is(sent.length, 1);
	await clock.pass(1);
	t.deepEqual(sent[1], ['READY=1', 'STATUS=two']);
	await ends('no such file');
	await clock.pass(999);
	t.is(sent.length, 2);
	await clock.pass(1);
	t.is(sent.length, 3);
	await ends();
	await clock.pass(60_000);
	t.is(sent.length, 3);
	t.deepEqual(log.messages, ['systemd cannot be told how netmon is']);
});

test('news do not wait for the next try', async (t) => {
	const {notifier, sent, ends, clock} = makeNotifier();
	notifier.tell({READY: '1'});
	await ends('no process can be started');
	notifier.tell({WATCHDOG: '1'});
	t.deepEqual(sent[1], ['READY=1', 'WATCHDOG=1']);
	await ends();
	await clock.pass(60_000);
	t.is(sent.length, 2);
});

test('the end waits for what is on its way and what waits for it, at most for the limit, and not for tries', async (t) => {
	const {notifier, sent, ends, clock} = makeNotifier();
	notifier.tell({STATUS: 'one'});
	notifier.tell({STOPPING: '1'});
	let closed = false;
	void notifier.close(2000).then(() => (closed = true));
	await ends();
	t.false(closed);
	t.deepEqual(sent[1], ['STOPPING=1']);
	await ends('it fails');
	t.true(closed);
	await clock.pass(60_000);
	t.is(sent.length, 2);

	const late = makeNotifier();
	late.notifier.tell({STOPPING: '1'});
	let lateClosed = false;
	void late.notifier.close(2000).then(() => (lateClosed = true));
	await late.clock.pass(1999);
	t.false(lateClosed);
	await late.clock.pass(1);
	t.true(lateClosed);
});
