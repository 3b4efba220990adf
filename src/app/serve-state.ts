import {messageOf} from '../model/errors.js';
import type {Log} from '../model/log.js';
import type {Sink} from '../model/sink.js';
import {CountedMetrics, type NamespaceGauges} from '../report/counted-metrics.js';
import {ndjsonLine} from '../report/ndjson-line.js';
import {socketFolder} from '../serve/socket-folder.js';
import {StateServer} from '../serve/state-server.js';
import {stateDocument} from './state-document.js';
import type {WatchedEngine} from './surroundings.js';

/** What the socket needs from a watch. */
export interface Shown {
	readonly engines: () => readonly WatchedEngine[];
	readonly gauges: () => readonly NamespaceGauges[];
	readonly sandboxOf: (netns: string) => string;
	/** The sinks for events. The socket adds itself while somebody reads events from it. */
	readonly sinks: Sink[];
}

/** Serves the state at this netmon's socket. Resolves to a function that ends that. Rejects if the socket cannot be made. */
export async function serveState(shown: Shown, log: Log): Promise<() => void> {
	const since = new Date(Date.now() - process.uptime() * 1000).toISOString();
	const folder = socketFolder(process.env);
	if (folder === undefined) return () => undefined;
	const {sinks, engines, gauges, sandboxOf} = shown;
	let counted: ReturnType<typeof countMetrics> | undefined;
	try {
		const server = await StateServer.open(folder, process.pid, {
			state: () => stateDocument(engines(), since, new Date()),
			picture: () => engines().flatMap(({engine, feed}) => feed.picture(engine.picture)),
			line: ndjsonLine,
			listen: (sink) => void sinks.push(sink),
			unlisten: (sink) => void sinks.splice(sinks.indexOf(sink), 1),
			dropped: (waiting_bytes) => log.warn({waiting_bytes}, 'a reader of /events does not keep up, and is dropped'),
			async metrics() {
				// Counting starts with the first request, so that it costs nothing if nobody asks.
				counted ??= countMetrics(sandboxOf, gauges).then(
					(made) => {
						sinks.push(made.sink);
						return made;
					},
					(error: unknown) => {
						// There may have been no descriptor left: the next request tries again.
						counted = undefined;
						throw error;
					},
				);
				return (await counted).show();
			},
		});
		return () => server.close();
	} catch (error) {
		throw new Error(`${folder}: ${messageOf(error)}`, {cause: error});
	}
}

async function countMetrics(sandboxOf: Shown['sandboxOf'], gauges: Shown['gauges']) {
	const prometheus = await import('prom-client');
	const registry = new prometheus.Registry();
	const sink = new CountedMetrics(prometheus, registry, sandboxOf, gauges);
	return {sink, show: async () => ({text: await registry.metrics(), contentType: registry.contentType})};
}
