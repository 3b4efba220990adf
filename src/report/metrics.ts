import {createServer, type Server} from 'node:http';
import {messageOf, OutputUnavailableError, UsageError} from '../model/errors.js';
import type {Sink} from '../model/sink.js';
import {CountedMetrics, type NamespaceGauges} from './counted-metrics.js';

export interface Metrics extends Sink {
	close(): void;
}

/**
 * Serves metrics for Prometheus at http://HOST:PORT/metrics. prom-client is the format's usual library,
 * and loaded only here.
 *
 * @param where `PORT`, or `HOST:PORT`; the host is 127.0.0.1 where none is said
 */
export async function serveMetrics(where: string, sandbox: string, gauges: () => readonly NamespaceGauges[]): Promise<Metrics> {
	const {host, port} = listenAddress(where);
	const prometheus = await import('prom-client');
	const registry = new prometheus.Registry();
	const counted = new CountedMetrics(prometheus, registry, sandbox, gauges);
	const server = createServer((request, response) => {
		if (request.url?.split('?', 1)[0] !== '/metrics') {
			response.writeHead(404).end('see /metrics\n');
			return;
		}
		registry.metrics().then(
			(text) => response.writeHead(200, {'content-type': registry.contentType}).end(text),
			(error: unknown) => response.writeHead(500).end(`${messageOf(error)}\n`),
		);
	});
	await listen(server, host, port, where);
	return {
		take: (event) => counted.take(event),
		close: () => server.close(),
	};
}

function listenAddress(where: string): {host: string; port: number} {
	const [, host = '127.0.0.1', port = ''] = /^(?:\[?([^\]]+?)\]?:|:)?(\d+)$/.exec(where) ?? [];
	if (port === '' || Number(port) > 65_535) {
		throw new UsageError(`--metrics is not an address to listen on: "${where}"`, 'Write it as 9100 or 127.0.0.1:9100.');
	}
	return {host, port: Number(port)};
}

function listen(server: Server, host: string, port: number, where: string): Promise<void> {
	return new Promise((resolve, reject) => {
		server.once('error', (error) =>
			reject(new OutputUnavailableError(`cannot listen on ${where}: ${error.message}`, 'Choose another port.', {cause: error})),
		);
		server.listen(port, host, () => {
			// It must not keep a netmon alive that has nothing else to do.
			server.unref();
			resolve();
		});
	});
}
