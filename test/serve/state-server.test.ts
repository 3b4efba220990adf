import {mkdirSync, symlinkSync} from 'node:fs';
import {connect, type Socket} from 'node:net';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import type {Event} from '../../src/model/event.js';
import type {Sink} from '../../src/model/sink.js';
import {askState} from '../../src/serve/ask-netmon.js';
import {livingSockets, socketPath} from '../../src/serve/socket-folder.js';
import {type Inside, StateServer} from '../../src/serve/state-server.js';
import {scratchFolder} from '../helpers/runtime.js';
import {waitFor} from '../helpers/wait.js';

const MB = 1024 * 1024;
const pid = 4711;

const eventOf = (seq: number): Event => ({v: 1, time: '2026-11-26T12:03:04.123Z', seq, event: 'missed', count: 1});

/** A server whose events are lines of a quarter of a megabyte. */
async function serve(t: ExecutionContext, pictureLines = 1, limitMs?: number) {
	const {path, close} = scratchFolder();
	t.teardown(close);
	const sinks: Sink[] = [];
	const dropped: number[] = [];
	const padding = 'x'.repeat(MB / 4);
	const inside: Inside = {
		state: () => ({v: 1, pid, version: '0', since: '', namespaces: []}),
		picture: () => Array.from({length: pictureLines}, () => eventOf(0)),
		line: ({seq}) => `{"seq":${seq},"padding":"${padding}"}\n`,
		metrics: async () => ({text: '', contentType: ''}),
		listen: (sink) => void sinks.push(sink),
		unlisten: (sink) => void sinks.splice(sinks.indexOf(sink), 1),
		dropped: (bytes) => void dropped.push(bytes),
	};
	const server = await StateServer.open(path, pid, inside, limitMs);
	t.teardown(() => server.close());
	const reader = async (): Promise<{socket: Socket; closed: () => boolean}> => {
		const socket = connect(socketPath(path, pid));
		let closed = false;
		socket.on('close', () => {
			closed = true;
		});
		socket.on('error', () => undefined);
		t.teardown(() => void socket.destroy());
		socket.write('GET /events HTTP/1.1\r\nhost: netmon\r\n\r\n');
		await new Promise((resolve) => socket.once('readable', resolve));
		return {socket, closed: () => closed};
	};
	return {
		path,
		sinks,
		dropped,
		reader,
		tell: (seq: number) => {
			for (const sink of sinks) sink.take(eventOf(seq));
		},
	};
}

/** The numbers of the last lines that a reader got, as they come. */
function numbersOf(socket: Socket): {last: () => number | undefined} {
	let rest = '';
	let last: number | undefined;
	socket.on('data', (chunk: Buffer) => {
		rest += chunk.toString('latin1');
		for (const [, seq] of rest.matchAll(/\{"seq":(\d+),/g)) last = Number(seq);
		rest = rest.slice(-20);
	});
	return {last: () => last};
}

test('clients that connect and ask for nothing are let go, and then others are served; readers of events stay', async (t) => {
	const {path, reader, tell} = await serve(t, 1, 2000);
	const events = await reader();
	const seen = numbersOf(events.socket);
	const idle = Array.from({length: 40}, () => connect(socketPath(path, pid)));
	let closed = 0;
	for (const socket of idle) {
		socket.on('error', () => undefined);
		socket.on('close', () => (closed += 1));
		socket.resume();
	}
	await waitFor('the end of those that are idle', () => closed === idle.length);
	t.is((await askState(socketPath(path, pid))).pid, pid);
	tell(1);
	await waitFor('the event', () => seen.last() === 1);
	t.false(events.closed());
});

test('HEAD of /events has an end', async (t) => {
	const {path} = await serve(t);
	const socket = connect(socketPath(path, pid));
	socket.resume().write('HEAD /events HTTP/1.1\r\nhost: netmon\r\n\r\n');
	await new Promise((resolve) => socket.once('close', resolve));
	t.pass();
});

test('a path that is too long for a socket is an error that says so', async (t) => {
	const {path, close} = scratchFolder();
	t.teardown(close);
	const folder = join(path, 'x'.repeat(100));
	mkdirSync(folder);
	await t.throwsAsync(StateServer.open(folder, pid, {} as Inside), {message: /^the path of a socket has 107 bytes at most: /});
});

test('story 17: a reader of /events that stalls is dropped once 16 MB wait for it, and said; others get every event', async (t) => {
	const {reader, tell, dropped, sinks} = await serve(t);
	const stalled = await reader();
	stalled.socket.pause();
	const other = await reader();
	const seen = numbersOf(other.socket);
	let seq = 0;
	while (dropped.length === 0 && seq < 200) {
		seq += 1;
		tell(seq);
		await waitFor(`event ${seq}`, () => seen.last() === seq);
	}
	const [waiting = 0] = dropped;
	t.true(waiting > 16 * MB && waiting < 17 * MB, `${waiting} bytes waited`);
	stalled.socket.resume();
	await waitFor('the end of the stalled one', stalled.closed);
	tell(seq + 1);
	await waitFor('one more event', () => seen.last() === seq + 1);
	t.is(dropped.length, 1);
	t.false(other.closed());
	other.socket.destroy();
	await waitFor('nobody to listen', () => sinks.length === 0);
});

test('story 17: two readers of /events that stall are dropped at one event, and no other sink is taken away for it', async (t) => {
	const {reader, tell, dropped, sinks} = await serve(t);
	const stalled = [await reader(), await reader()];
	for (const {socket} of stalled) socket.pause();
	const other: Sink = {take: () => undefined};
	sinks.unshift(other);
	for (let seq = 1; dropped.length < 2 && seq < 200; seq += 1) tell(seq);
	// Until their connections are closed, they get nothing more, and are not dropped again.
	tell(200);
	for (const {socket} of stalled) socket.resume();
	await waitFor('the end of both', () => stalled.every(({closed}) => closed()));
	await waitFor('nobody to listen', () => sinks.length < 2);
	t.deepEqual([dropped.length, sinks], [2, [other]]);
});

test('the sink is behind while more than a megabyte waits for a reader, until it has read that or is gone', async (t) => {
	const {reader, tell, sinks} = await serve(t);
	const behind = () => sinks.some((sink) => sink.behind);
	const {socket} = await reader();
	const stalled = await reader();
	t.false(behind());
	for (let seq = 1; seq <= 20; seq += 1) tell(seq);
	t.true(behind());
	socket.resume();
	stalled.socket.destroy();
	await waitFor('what the reader has not read', () => !behind());
	t.is(sinks.length, 1);
});

test('a reader that reads is not dropped for a picture of more than 16 MB', async (t) => {
	const {reader, tell, dropped} = await serve(t, 80);
	const slow = await reader();
	const seen = numbersOf(slow.socket);
	tell(1);
	tell(2);
	await waitFor('the events after the picture', () => seen.last() === 2);
	t.deepEqual(dropped, []);
});

test('a socket that has gone while the folder is read is no running watch', async (t) => {
	const {path} = await serve(t);
	symlinkSync('/nonexistent', socketPath(path, pid + 1));
	t.deepEqual([...(await livingSockets(path)).keys()], [pid]);
});
