import {spawnSync} from 'node:child_process';
import {once} from 'node:events';
import {request} from 'node:http';
import {connect, createServer, type Socket} from 'node:net';
import test, {type ExecutionContext} from 'ava';
import * as prometheus from 'prom-client';
import {UsageError} from '../../src/model/errors.js';
import type {Event} from '../../src/model/event.js';
import {CountedMetrics} from '../../src/report/counted-metrics.js';
import {serveMetrics} from '../../src/report/metrics.js';
import {TestFeed, tellStory} from '../helpers/event-story.js';
import {loopback, makeLink, makeRoute, tableOf} from '../helpers/records.js';
import {waitFor} from '../helpers/wait.js';

const routes = Array.from({length: 4}, (_, n) => makeRoute(`10.${n}.0.0/16`));
const picture = {
	table: tableOf(loopback, makeLink(4), makeLink(5, {flags: ['UP', 'NO-CARRIER']})),
	routes: new Map([['inet', [makeRoute('default'), ...routes]]] as const),
};
const figures = () => [{netns: 'web', sandbox: 'sb1', picture, figures: {looks: 7, monitorUp: true, waiting: 2, held: 1, oldestMs: 2500}}];

let lastPort = 10_000 + Math.floor(Math.random() * 20_000);

/**
 * A port that nobody listens on. It is below those that the kernel gives to clients and to whoever asks for any (ip_local_port_range,
 * ip(7)): one of them could take it before the server does.
 */
async function freePort(): Promise<number> {
	for (;;) {
		lastPort += 1;
		const port = lastPort;
		const server = createServer().listen(port);
		const isFree = await once(server, 'listening').then(
			() => true,
			() => false,
		);
		if (!isFree) continue;
		server.close();
		await once(server, 'close');
		return port;
	}
}

async function serve(t: ExecutionContext, where: (port: number) => string): Promise<number> {
	const port = await freePort();
	const metrics = await serveMetrics(where(port), () => 'sb1', figures);
	t.teardown(() => metrics.close());
	return port;
}

interface Answer {
	readonly status: number | undefined;
	readonly length: string | undefined;
	readonly text: string;
}

function ask(port: number, path: string, {method = 'GET', host = '127.0.0.1'} = {}): Promise<Answer> {
	return new Promise((resolve, reject) => {
		const asked = request({host, port, path, method}, (response) => {
			let text = '';
			response.on('data', (chunk: Buffer) => (text += chunk.toString()));
			response.on('end', () => resolve({status: response.statusCode, length: response.headers['content-length'], text}));
		});
		asked.on('error', reject);
		asked.end();
	});
}

for (const path of ['/metrics', '/metrics?x', '/metrics?name[]=netmon_routes']) {
	test(`metrics are at ${path}`, async (t) => {
		const answer = await ask(await serve(t, String), path);
		t.is(answer.status, 200);
		t.regex(answer.text, /^netmon_routes{netns="web",sandbox="sb1"} 5$/m);
	});
}

/** The metrics after a story. */
async function storyMetrics(t: ExecutionContext): Promise<string> {
	const port = await freePort();
	const metrics = await serveMetrics(String(port), () => 'sb1', figures);
	t.teardown(() => metrics.close());
	const story = new TestFeed({}, {netns: 'web'});
	await tellStory(story);
	for (const event of story.events) metrics.take(event);
	return (await ask(port, '/metrics')).text;
}

test('what happened is counted, what is there is shown, under the names of Prometheus', async (t) => {
	const text = await storyMetrics(t);
	const of = (labels = '') => `{netns="web",sandbox="sb1"${labels}}`;
	for (const line of [
		`netmon_interface_changes_total${of(',change="changed"')} 3`,
		`netmon_interface_changes_total${of(',change="added"')} 1`,
		`netmon_address_changes_total${of(',change="removed"')} 2`,
		`netmon_route_changes_total${of(',change="removed"')} 2`,
		`netmon_flaps_total${of(',subject="route"')} 40`,
		`netmon_losses_total${of()} 1`,
		`netmon_missed_changes_total${of()} 1`,
		`netmon_calls_total${of(',op="add-iface",result="failed"')} 1`,
		`netmon_reads_total${of()} 7`,
		`netmon_calls_waiting${of()} 2`,
		`netmon_calls_held_back${of()} 1`,
		`netmon_oldest_call_seconds${of()} 2.5`,
		`netmon_monitor_up${of()} 1`,
		`netmon_interface_up${of(',device="v4"')} 1`,
		`netmon_interface_up${of(',device="v5"')} 0`,
		`netmon_default_route${of(',family="inet",device="v4"')} 1`,
	]) {
		t.true(text.split('\n').includes(line), line);
	}
	for (const name of ['netmon_build_info', 'process_cpu_seconds_total', 'process_resident_memory_bytes', 'process_start_time_seconds']) {
		t.regex(text, new RegExp(`^${name}`, 'm'));
	}
});

test('a default route that leads nowhere is none', async (t) => {
	const registry = new prometheus.Registry();
	const route = makeRoute('default', {family: 'inet6', type: 'unreachable', dev: 'lo'});
	const nowhere = {...picture, routes: new Map([['inet6', [route]]] as const)};
	new CountedMetrics(
		prometheus,
		registry,
		() => '',
		() => figures().map((each) => ({...each, picture: nowhere})),
	);
	t.notRegex(await registry.metrics(), /^netmon_default_route\{/m);
});

test('the latency of a call is that from the first change which it can follow from', async (t) => {
	const registry = new prometheus.Registry();
	let oldestMs = 0;
	const gauges = () => [{netns: '', sandbox: '', picture, figures: {looks: 1, monitorUp: true, waiting: 0, held: 0, oldestMs}}];
	const metrics = new CountedMetrics(prometheus, registry, () => '', gauges);
	const at = (ms: number) => ({v: 1, time: new Date(1_000_000 + ms).toISOString(), seq: 1}) as const;
	const change = (ms: number): Event => ({...at(ms), event: 'route-added', route: makeRoute('default'), cause: 'event'});
	const call = (ms: number, attempt = 1): Event => ({
		...at(ms),
		...{event: 'call', op: 'update-routes', ok: true, attempt, duration_ms: 100, payload: []},
	});
	// Nothing was called for the first change. The call follows from the second, and had to wait during the third.
	metrics.take(change(0));
	metrics.take(change(3_600_000));
	oldestMs = 1;
	metrics.take(change(3_600_500));
	metrics.take(call(3_600_850));
	const delays = async () =>
		(await registry.metrics()).match(/^netmon_event_to_call_seconds_(?:sum|count).* (.*)$/gm)?.map((line) => Number(line.split(' ')[1]));
	t.deepEqual(await delays(), [0.75, 1]);
	// Of a retry nobody asks when its change came.
	metrics.take(call(3_700_000, 2));
	t.deepEqual(await delays(), [0.75, 1]);
});

const hasPromtool = spawnSync('promtool', ['--version']).status === 0;

(hasPromtool ? test : test.skip)('promtool check metrics has nothing to say', async (t) => {
	const {status, stdout, stderr} = spawnSync('promtool', ['check', 'metrics'], {input: await storyMetrics(t), encoding: 'utf8'});
	t.deepEqual([status, stdout, stderr], [0, '', '']);
});

test('HEAD is answered without a body', async (t) => {
	const port = await serve(t, String);
	const answer = await ask(port, '/metrics', {method: 'HEAD'});
	t.deepEqual([answer.status, answer.text], [200, '']);
	t.is((await ask(port, '/metrics', {method: 'POST'})).status, 405);
});

test('a path that is no address is not found, and harms nothing', async (t) => {
	const port = await serve(t, String);
	for (const path of ['/', '//', '/metrics/', '//[', '*']) t.is((await ask(port, path)).status, 404, path);
	t.is((await ask(port, '/metrics')).status, 200);
});

test('an address is PORT at the loopback, :PORT at all addresses, or HOST:PORT', async (t) => {
	const everywhere = await serve(t, (port) => `:${port}`);
	t.is((await ask(everywhere, '/metrics')).status, 200);
	t.is((await ask(everywhere, '/metrics', {host: '127.0.0.2'})).status, 200);
	const loopback = await serve(t, String);
	await t.throwsAsync(ask(loopback, '/metrics', {host: '127.0.0.2'}), {code: 'ECONNREFUSED'});
	const named = await serve(t, (port) => `127.0.0.2:${port}`);
	t.is((await ask(named, '/metrics', {host: '127.0.0.2'})).status, 200);
});

test('an IPv6 address stands in brackets', async (t) => {
	const probe = createServer().listen(0, '::1');
	const hasIpv6 = await Promise.race([once(probe, 'listening').then(() => true), once(probe, 'error').then(() => false)]);
	probe.close();
	if (!hasIpv6) {
		t.pass('no IPv6 here');
		return;
	}
	const port = await serve(t, (free) => `[::1]:${free}`);
	t.is((await ask(port, '/metrics', {host: '::1'})).status, 200);
});

for (const where of ['prometheus', '9100x', 'host:', '::1:9100', '[::1]9100', ':65536', '']) {
	test(`--metrics "${where}" is refused, and the advice names the forms`, async (t) => {
		const error = await t.throwsAsync(
			serveMetrics(where, () => 'sb1', figures),
			{instanceOf: UsageError},
		);
		t.regex(error?.advice ?? '', /9100.*:9100.*127\.0\.0\.1:9100/);
	});
}

/** A client that only holds its connection open. */
function hold(t: ExecutionContext, port: number, say = ''): {socket: Socket; ended: boolean} {
	const held = {socket: connect(port, '127.0.0.1'), ended: false};
	held.socket.on('error', () => undefined);
	held.socket.on('close', () => {
		held.ended = true;
	});
	held.socket.resume();
	if (say !== '') held.socket.write(say);
	t.teardown(() => held.socket.destroy());
	return held;
}

test('story 30: of 100 connections that are held open 84 are closed at once, the others within seconds, and metrics are served again', async (t) => {
	const port = await serve(t, String);
	const begun = performance.now();
	const held = Array.from({length: 100}, () => hold(t, port));
	await waitFor('84 to be closed', () => held.filter(({ended}) => ended).length >= 84);
	// A machine that stalls for five seconds gets the others closed meanwhile.
	if (performance.now() - begun < 4500) t.is(held.filter(({ended}) => ended).length, 84);
	await waitFor('all to be closed', () => held.every(({ended}) => ended));
	t.is((await ask(port, '/metrics')).status, 200);
});

test('story 30: half a request, and a request whose answer is never read, are let go within seconds', async (t) => {
	const port = await serve(t, String);
	const half = hold(t, port, 'GET /metrics HTTP/1.1\r\nHost: x\r\n');
	const unread = connect(port, '127.0.0.1').pause();
	t.teardown(() => unread.destroy());
	unread.write('GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(100));
	await waitFor('the end of half a request', () => half.ended);
	unread.resume();
	unread.on('error', () => undefined);
	await waitFor('the end of the unread answer', () => unread.destroyed || unread.readableEnded);
	t.is((await ask(port, '/metrics')).status, 200);
});

test('a connection serves one request', async (t) => {
	const port = await serve(t, String);
	const held = hold(t, port, 'GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n');
	let answer = '';
	held.socket.on('data', (chunk: Buffer) => (answer += chunk.toString()));
	await waitFor('its end', () => held.ended);
	t.regex(answer, /^HTTP\/1\.1 200 OK\r\n(?:.*\r\n)*Connection: close\r\n/);
});
