import {type EventChoice, type EventTopic, eventFilter} from '../diff/event-filter.js';
import {Engine} from '../host/engine.js';
import {EventFeed} from '../host/event-feed.js';
import {resolveNamespace} from '../host/namespace.js';
import {NamespaceWatch} from '../host/namespace-watch.js';
import {faultFields, namespaceLeft} from '../model/errors.js';
import type {Event} from '../model/event.js';
import type {Family} from '../model/link.js';
import {type Log, silentLog} from '../model/log.js';
import {findIpProgram} from '../probe/ip-program.js';
import {checkIpVersion} from '../probe/ip-version.js';
import {IpProbe} from '../probe/probe.js';
import {routeTables} from '../probe/route-tables.js';
import {Lacks} from '../process/lacks.js';
import {systemClock} from '../time/clock.js';
import {checkSettings} from './check-settings.js';
import {onAbort} from './on-abort.js';

/** What to watch. Everything has a default. */
export interface WatchSettings {
	/** A name of `ip netns`, a path, or a pid; default: the process's own namespace. */
	readonly netns?: string;
	/** Kinds of events; default: all. */
	readonly only?: readonly EventTopic[];
	/** Shell patterns of interface names; default: every interface. */
	readonly dev?: readonly string[];
	/** Default: both. */
	readonly families?: readonly Family[];
	/** The routing table whose routes are read: a name or number, or `all`; default: `main`. */
	readonly table?: string;
	/** The program `ip` of iproute2; default: `ip`, looked up in PATH. */
	readonly ip?: string;
	/** Milliseconds between two full reads; default 30,000. */
	readonly pollIntervalMs?: number;
	/** Ends the iteration. */
	readonly signal?: AbortSignal;
	/** For messages; a pino logger fits. Default: none. */
	readonly log?: Log;
	/** How many events may wait for a slow consumer before the iteration fails; default 1,000,000. */
	readonly mostWaiting?: number;
}

/**
 * Watches a network namespace. Yields first everything that is there (`…-found`, then `ready`), then each change as it happens
 * (docs/events.md). Ends when the signal is aborted or the loop is left.
 *
 * @throws {TypeError} if a setting is of a wrong kind
 * @throws {UserError} if the namespace cannot be opened or there is no usable `ip`, and when the name of `netns` is gone or stands for
 * another namespace, after the event that says so
 * @throws {RangeError} if more than `mostWaiting` events wait
 */
export function watch(settings: WatchSettings = {}): AsyncGenerator<Event, void, undefined> {
	const left = new AbortController();
	const events = watchUntil(settings, left.signal);
	const end = events.return.bind(events);
	// A generator ends only after the pending next(), which may wait for ever here.
	return Object.assign(events, {
		return(value: undefined | PromiseLike<undefined>) {
			left.abort();
			return end(value);
		},
	});
}

async function* watchUntil(settings: WatchSettings, left: AbortSignal): AsyncGenerator<Event, void, undefined> {
	checkSettings('watch', settings);
	const {families = ['inet', 'inet6'], ip = 'ip', pollIntervalMs = 30_000, signal, log = silentLog, mostWaiting = 1_000_000} = settings;
	const ended = () => signal?.aborted || left.aborted;
	if (ended()) return;
	const namespace = resolveNamespace(settings.netns);
	const program = findIpProgram(ip, namespace.own ? undefined : namespace.path, process.env['PATH'] ?? '', new Lacks(log));
	const tables = routeTables(settings.table ?? 'main', 'table');
	const waiting: Event[] = [];
	let overflow: RangeError | undefined;
	let wake: () => void = () => undefined;
	const rules = {families, onChange: 'ignore', addressWaitMs: 0, kernelRoutes: true} as const;
	const take = (event: Event) => {
		if (overflow !== undefined) return;
		waiting.push(event);
		if (waiting.length > mostWaiting) {
			overflow = new RangeError(`${waiting.length} events wait for a consumer that is too slow`);
			// They are not kept, so that a consumer that never reads again cannot fill the memory.
			waiting.length = 0;
		}
		wake();
	};
	const events = new EventFeed({
		netns: settings.netns,
		filter: eventFilter(choiceOf(settings)),
		sinks: [{take}],
		clock: systemClock,
		now: () => new Date(),
		onFault: (error) => log.error(faultFields(error), 'internal error'),
	});
	const engine = new Engine({probe: new IpProbe(program, log, {tables}), clock: systemClock, log, events}, {rules, pollIntervalMs});
	const cancels: (() => void)[] = [];
	let gone: 'gone' | 'replaced' | undefined;
	let namespaceWatch: NamespaceWatch | undefined;
	try {
		const isOver = new Promise<void>((resolve) => {
			const end = () => {
				resolve();
				wake();
			};
			for (const each of [signal, left]) cancels.push(onAbort(each, end));
			namespaceWatch = new NamespaceWatch(namespace, (what) => {
				gone = what;
				events.namespace(what);
				end();
			});
		});
		await Promise.race([engine.start(async () => void (await checkIpVersion(program))), isOver]);
		while (!ended()) {
			if (overflow !== undefined) throw overflow;
			const next = waiting.splice(0);
			if (next.length === 0 && gone !== undefined) throw namespaceLeft(settings.netns, gone, 'Watch it again once its name is there.');
			if (next.length === 0) await new Promise<void>((resolve) => (wake = resolve));
			for (const event of next) {
				if (ended()) return;
				yield event;
			}
		}
	} finally {
		for (const cancel of cancels) cancel();
		namespaceWatch?.stop();
		events.stop();
		await engine.stop(0);
	}
}

function choiceOf({only, dev, families}: WatchSettings): EventChoice {
	return {...(only === undefined ? {} : {only}), ...(dev === undefined ? {} : {dev}), ...(families === undefined ? {} : {families})};
}
