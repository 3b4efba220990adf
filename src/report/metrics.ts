import {createServer, type Server} from 'node:http';
import type {CallReport} from '../model/call.js';
import type {Change} from '../model/change.js';
import {messageOf, OutputUnavailableError, UsageError} from '../model/errors.js';

/** What is read when somebody asks. */
export interface Gauges {
	readonly interfaces: number;
	readonly routes: number;
	readonly looks: number;
	readonly drift: number;
	readonly monitorUp: boolean;
	readonly waiting: number;
}

export interface Metrics {
	take(item: Change | CallReport): void;
	close(): void;
}

/**
 * Serves metrics for Prometheus at http://HOST:PORT/metrics. prom-client is the format's usual library,
 * and loaded only here.
 *
 * @param where `PORT`, or `HOST:PORT`; the host is 127.0.0.1 where none is said
 */
export async function serveMetrics(where: string, gauges: () => Gauges): Promise<Metrics> {
	const {host, port} = listenAddress(where);
	const {Counter, Gauge, Histogram, Registry} = await import('prom-client');
	const registry = new Registry();
	const registers = [registry];
	const changes = new Counter({name: 'netmon_changes_total', help: 'Changes seen', labelNames: ['type', 'action'], registers});
	const calls = new Counter({name: 'netmon_calls_total', help: 'Runtime calls', labelNames: ['op', 'result'], registers});
	const durations = new Histogram({
		name: 'netmon_call_duration_seconds',
		help: 'Duration of runtime calls',
		labelNames: ['op'],
		buckets: [0.001, 0.005, 0.02, 0.1, 0.5, 2, 10, 60],
		registers,
	});
	const gauge = (name: string, help: string, value: (now: Gauges) => number) =>
		new Gauge({
			name,
			help,
			registers,
			collect() {
				this.set(value(gauges()));
			},
		});
	gauge('netmon_interfaces', 'Interfaces in the namespace', ({interfaces}) => interfaces);
	gauge('netmon_routes', 'Routes of the main table', ({routes}) => routes);
	gauge('netmon_looks', 'Reads of the namespace since the start', ({looks}) => looks);
	gauge('netmon_drift', 'Changes that the poll found and no event had reported', ({drift}) => drift);
	gauge('netmon_monitor_up', 'Whether there is a monitor', ({monitorUp}) => (monitorUp ? 1 : 0));
	gauge('netmon_calls_waiting', 'Runtime calls that wait for their turn', ({waiting}) => waiting);
	const server = createServer((request, response) => {
		if (request.url !== '/metrics') {
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
		take(item) {
			if (item.type !== 'call') {
				changes.inc({type: item.type, action: item.action});
				return;
			}
			calls.inc({op: item.op, result: item.ok ? 'ok' : 'failed'});
			durations.observe({op: item.op}, item.durationMs / 1000);
		},
		close: () => server.close(),
	};
}

function listenAddress(where: string): {host: string; port: number} {
	const [, host = '127.0.0.1', port = ''] = /^(?:\[?([^\]]+?)\]?:)?(\d+)$/.exec(where) ?? [];
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
