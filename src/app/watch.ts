import {eventFilter} from '../diff/event-filter.js';
import {EventFeed} from '../host/event-feed.js';
import {exitCode, faultFields, messageOf} from '../model/errors.js';
import type {Kept} from '../model/event.js';
import type {Sink} from '../model/sink.js';
import type {WatchOptions} from '../options/watch-options.js';
import type {NamespaceGauges} from '../report/counted-metrics.js';
import {isTerminal} from '../report/descriptor.js';
import type {DaemonLog} from '../report/log.js';
import {unwritable} from '../report/print.js';
import type {SyslogNames} from '../report/syslog.js';
import {serviceRequest} from '../service/service-request.js';
import {systemClock} from '../time/clock.js';
import {checkPurpose} from './check-purpose.js';
import {eventLog} from './event-log.js';
import type {EventOutput} from './event-output.js';
import {greet} from './greeting.js';
import type {Shown} from './serve-state.js';
import {Ending, endAtInternalErrors, hangUp, listenForSignals} from './signals.js';
import type {Surroundings, WatchedEngine} from './surroundings.js';
import {openWatchLog} from './watch-log.js';
import {watchOne} from './watch-one.js';
import {openNamespace} from './watched-namespace.js';

/** At the end, how long a reader may take for what it has not read yet. */
const flushLimitMs = 2000;

/** How a program appears to the rest of the system. */
export interface Appearance {
	readonly syslog: SyslogNames;
	/** Whether it may be a systemd service. */
	readonly isService: boolean;
	/**
	 * Opens what prints the events; absent: nothing prints any.
	 *
	 * @param ending an observer's; undefined for a daemon, which goes on without a reader
	 */
	openOutput?(options: WatchOptions, ending: Ending | undefined, log: DaemonLog): EventOutput | undefined;
}

/**
 * Runs until a signal ends it, the namespace is gone, or an observer's reader goes away. Resolves to the exit code. Rejects with an error
 * for the user.
 */
export async function runWatch(options: WatchOptions, appearance: Appearance): Promise<number> {
	checkPurpose(options);
	const {sandbox, hook} = options;
	const foundHook = hook && (await import('./hook.js')).findHook(hook);
	const watchLog = openWatchLog(options, sandbox === undefined ? {} : {sandbox}, appearance.syslog);
	const {log, lacks, errors} = watchLog;
	endAtInternalErrors(log, () => watchLog.flush(flushLimitMs));
	if (process.pid === 1 && (options.runtime ?? hook) !== undefined)
		log.warn(
			{},
			'as process 1 netmon does not reap what calls leave behind, install perl or python3, or run it under an init (docker run --init, tini)',
		);
	const ending = new Ending();
	let engines: () => readonly WatchedEngine[] = () => [];
	let waitsFor: string | undefined;
	const status = () => {
		const watched = engines().map(({netns, engine}) => ({netns, ...engine.figures}));
		return {waitsFor, several: options.several !== undefined, watched};
	};
	const request = appearance.isService ? serviceRequest(process.env, process) : undefined;
	const service = request && (await import('./service.js')).openService(request, status, log, lacks);
	ending.onAsked(() => service?.stopping());
	const calls = sandbox !== undefined || options.several?.sandboxOf !== undefined;
	listenForSignals(ending, log, () => described(engines()), !calls && isTerminal(1));
	const gauges = () => engines().map(gaugesOf);
	const sandboxOf = sandboxNames(options);
	const opening = openBeside(options, sandboxOf, gauges, log);
	const {recording, journal, metrics} = await opening.catch(async (error: unknown) => {
		watchLog.ends(error);
		await watchLog.flush(flushLimitMs);
		throw error;
	});
	const output = appearance.openOutput?.(options, calls || hook !== undefined ? undefined : ending, log);
	const shown = output === undefined ? eventLog(log) : options.output === 'human' && log.says('warn') ? withoutFailures(output) : output;
	const hookRun = foundHook?.(output, errors, log);
	// The journal comes first: what anybody has seen is in it, also after SIGKILL.
	const sinks: Sink[] = [journal, shown, metrics].filter((sink) => sink !== undefined);
	let socket: Promise<() => void> | undefined;
	const filter = eventFilter({...options.choice, families: options.families});
	const common: Surroundings = {
		log,
		lacks,
		ending,
		recording,
		service,
		hook: hookRun,
		openFeed: (netns, lastSeq) =>
			new EventFeed({
				netns,
				lastSeq,
				filter,
				sinks,
				clock: systemClock,
				now: () => new Date(),
				later: (delayMs, call) => systemClock.after(delayMs, call),
				onFault: (error) => log.error(faultFields(error), 'internal error'),
				dryRun: options.dryRun,
			}),
		show: (watched) => {
			engines = watched;
			waitsFor = undefined;
		},
		waits: (netns) => {
			engines = () => [];
			waitsFor = netns;
			// The namespace that was watched is gone.
			engines = () => [];
			service?.ready();
		},
		settled: () => {
			watchLog.prepare();
			if (socket === undefined) greet(options, engines(), log, errors);
			socket ??= openSocket({engines: () => engines(), gauges, sandboxOf, sinks}, log);
		},
	};
	try {
		await (options.several === undefined
			? watchOne(options, common)
			: (await import('./watch-host.js')).watchHost(options, options.several, common, openNamespace));
		if (ending.outputError !== undefined) throw unwritable(ending.outputError);
		return exitCode.done;
	} catch (error) {
		watchLog.ends(error);
		throw error;
	} finally {
		service?.stopping();
		metrics?.close();
		(await socket)?.();
		await Promise.all([output, hookRun, recording, journal, watchLog, service].map((each) => each?.flush(flushLimitMs)));
		if (ending.reason === 'hangup') await hangUp();
	}
}

/** What its journal keeps. */
function keptBy({families, choice: {only, dev}}: WatchOptions): Kept {
	return {...(families.length > 1 ? {} : {families}), ...(only && {only}), ...(dev && {dev})};
}

/** A failed call is already a warning in the log. */
function withoutFailures(sink: Sink): Sink {
	return {
		take(event) {
			if (event.event !== 'call' || event.ok) sink.take(event);
		},
	};
}

/** The sandbox of a namespace, by its name in events. */
function sandboxNames({sandbox = '', several}: WatchOptions): (netns: string) => string {
	return (netns) => (several === undefined ? sandbox : (several.sandboxOf?.(netns) ?? ''));
}

/** Resolves to a function that closes it. */
async function openSocket(shown: Shown, log: DaemonLog): Promise<() => void> {
	try {
		return await (await import('./serve-state.js')).serveState(shown, log);
	} catch (error) {
		log.info({reason: messageOf(error)}, 'no socket, netmon list and netmon why do not see this watch');
		return () => undefined;
	}
}

/** Opens what a watch has beside its output, if it is wanted. Rejects with an error for the user. */
async function openBeside(options: WatchOptions, sandboxOf: Shown['sandboxOf'], gauges: Shown['gauges'], log: DaemonLog) {
	const {record, journal, metrics} = options;
	return {
		recording: record && (await import('./recorded-run.js')).openRecording(record, log),
		journal: journal && (await import('./journal.js')).openJournal(journal, keptBy(options), log),
		metrics: metrics === undefined ? undefined : await (await import('../report/metrics.js')).serveMetrics(metrics, sandboxOf, gauges),
	};
}

function gaugesOf({engine, netns = '', sandbox = ''}: WatchedEngine): NamespaceGauges {
	// Computed on demand: most readers look for one namespace of many.
	return {
		...{netns, sandbox, picture: engine.picture},
		get figures() {
			return engine.figures;
		},
	};
}

/** The answer to SIGUSR1. */
function described(engines: readonly WatchedEngine[]): object {
	const [first, ...others] = engines;
	if (first === undefined) return {};
	if (others.length === 0) return first.engine.describe();
	return engines.map(({engine, netns, sandbox}) => ({netns, sandbox, ...engine.describe()}));
}
