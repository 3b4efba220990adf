import {createServer, type Server} from 'node:http';
import type {ListenOptions} from 'node:net';
import {isCode, messageOf, OutputUnavailableError, reasonOf, UsageError} from '../model/errors.js';
import type {Sink} from '../model/sink.js';
import {CountedMetrics, type NamespaceGauges} from './counted-metrics.js';

export interface Metrics extends Sink {
	close(): void;
}

/**
 * Anybody who reaches the port can hold connections open. So there are few of them, far fewer than the descriptors that netmon may have.
 * Each serves one request and lives for some seconds, read or not. A scrape of Prometheus is much faster.
 */
const mostConnections = 16;
const connectionLimitMs = 5000;

/**
 * Serves metrics for Prometheus at http://HOST:PORT/metrics. prom-client is the usual library for this format, and is loaded only here.
 *
 * @param sandboxOf the sandbox of a namespace by its name; '' for an observer
 * @param where `PORT` at 127.0.0.1, `:PORT` at all addresses of this machine, `HOST:PORT`, or `[::1]:PORT`
 */
export async function serveMetrics(
	where: string,
	sandboxOf: (netns: string) => string,
	gauges: () => readonly NamespaceGauges[],
): Promise<Metrics> {
	const address = listenAddress(where);
	const prometheus = await import('prom-client');
	const registry = new prometheus.Registry();
	const counted = new CountedMetrics(prometheus, registry, sandboxOf, gauges);
	const server = createServer((request, response) => {
		response.shouldKeepAlive = false;
		const [path] = (request.url ?? '').split('?');
		if (path !== '/metrics') {
			response.writeHead(404).end('see /metrics\n');
			return;
		}
		if (request.method !== 'GET' && request.method !== 'HEAD') {
			response.writeHead(405, {allow: 'GET, HEAD'}).end();
			return;
		}
		registry.metrics().then(
			(text) => response.writeHead(200, {'content-type': registry.contentType}).end(text),
			(error: unknown) => response.writeHead(500).end(`${messageOf(error)}\n`),
		);
	});
	server.maxConnections = mostConnections;
	server.on('connection', (socket) => {
		const limit = setTimeout(() => socket.destroy(), connectionLimitMs);
		socket.once('close', () => clearTimeout(limit));
	});
	await listen(server, address, where);
	return {
		take: (event) => counted.take(event),
		close() {
			server.close();
			server.closeAllConnections();
		},
	};
}

function listenAddress(where: string): ListenOptions {
	const [, bracketed, name, port = ''] = /^(?:\[([^[\]]+)\]:|([^:[\]]*):)?(\d{1,5})$/.exec(where) ?? [];
	if (port === '' || Number(port) > 65_535) {
		const advice = 'Write it as 9100, as :9100 for all addresses of this machine, or as 127.0.0.1:9100.';
		throw new UsageError(`--metrics is not an address to listen on: "${where}"`, advice);
	}
	const host = bracketed ?? name ?? '127.0.0.1';
	// Without a host, Node listens at all addresses, even if there is no IPv6.
	return {port: Number(port), ...(host === '' ? {} : {host})};
}

function adviceFor(error: Error): string {
	if (isCode(error, 'EADDRINUSE')) return 'Choose another port.';
	if (isCode(error, 'EACCES')) return 'Choose a port from 1024 on, those below are for root.';
	return 'Name an address of this machine, or the port alone.';
}

function listen(server: Server, options: ListenOptions, where: string): Promise<void> {
	return new Promise((resolve, reject) => {
		const refuse = (error: Error) =>
			reject(new OutputUnavailableError(`cannot listen on ${where}: ${reasonOf(error)}`, adviceFor(error), {cause: error}));
		server.once('error', refuse);
		server.listen(options, () => {
			// The server alone must not keep netmon alive.
			server.unref();
			server.off('error', refuse);
			// A connection that cannot be accepted (EMFILE) is lost, and nothing else happens: the next scrape makes another.
			server.on('error', () => undefined);
			resolve();
		});
	});
}
