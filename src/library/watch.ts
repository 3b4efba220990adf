import {Engine} from '../host/engine.js';
import {resolveNamespace} from '../host/namespace.js';
import type {Change} from '../model/change.js';
import type {Family} from '../model/link.js';
import {type Log, silentLog} from '../model/log.js';
import type {Sink} from '../model/sink.js';
import {findIpProgram} from '../probe/ip-program.js';
import {checkIpVersion} from '../probe/ip-version.js';
import {IpProbe} from '../probe/probe.js';
import {Lacks} from '../process/lacks.js';
import {systemClock} from '../time/clock.js';

/** What to watch; everything has a default. */
export interface WatchSettings {
	/** A name of `ip netns`, a path, or a pid; default: the process's own namespace. */
	readonly netns?: string;
	/** Default: both. */
	readonly families?: readonly Family[];
	/** iproute2's program; default: `ip`, looked for in PATH. */
	readonly ip?: string;
	/** Milliseconds between two full reads; default 30,000. */
	readonly pollIntervalMs?: number;
	/** Ends the iteration. */
	readonly signal?: AbortSignal;
	/** For messages; a pino logger will do. Default: none. */
	readonly log?: Log;
	/** How many changes may wait for a slow consumer before the iteration fails; default 1,000,000. */
	readonly mostWaiting?: number;
}

/**
 * Watches a network namespace: first everything that is there (`action: 'found'`), then each change
 * as it happens. Ends when the signal is aborted or the loop is left.
 *
 * @throws {UserError} where the namespace or a usable `ip` cannot be had
 */
export async function* watch(settings: WatchSettings = {}): AsyncGenerator<Change, void, undefined> {
	const {families = ['inet', 'inet6'], ip = 'ip', pollIntervalMs = 30_000, signal, log = silentLog, mostWaiting = 1_000_000} = settings;
	if (signal?.aborted) return;
	const namespace = resolveNamespace(settings.netns);
	const program = findIpProgram(ip, namespace.own ? undefined : namespace.path, process.env['PATH'] ?? '', new Lacks(log));
	const waiting: Change[] = [];
	let overflow: RangeError | undefined;
	let wake: () => void = () => undefined;
	const rules = {families, onChange: 'ignore', addressWaitMs: 0, kernelRoutes: true} as const;
	const sink: Sink = {
		take(item) {
			if (item.type === 'call' || overflow !== undefined) return;
			waiting.push(item);
			if (waiting.length > mostWaiting) {
				overflow = new RangeError(`${waiting.length} changes wait for a consumer that is too slow`);
				// They are not kept: a consumer that never comes back must not fill the memory.
				waiting.length = 0;
			}
			wake();
		},
	};
	const engine = new Engine({probe: new IpProbe(program, log), clock: systemClock, log, sinks: [sink]}, {rules, pollIntervalMs});
	const onAbort = () => wake();
	signal?.addEventListener('abort', onAbort);
	try {
		await engine.start(async () => void (await checkIpVersion(program)));
		while (!signal?.aborted) {
			if (overflow !== undefined) throw overflow;
			const next = waiting.splice(0);
			if (next.length === 0) await new Promise<void>((resolve) => (wake = resolve));
			for (const change of next) {
				if (signal?.aborted) return;
				yield change;
			}
		}
	} finally {
		signal?.removeEventListener('abort', onAbort);
		await engine.stop(0);
	}
}
