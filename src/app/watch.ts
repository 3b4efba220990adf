import {join} from 'node:path';
import {Engine, type EngineOptions} from '../host/engine.js';
import {namespacePath, resolveNamespace} from '../host/namespace.js';
import {NamespaceWatch, namespaceAppears} from '../host/namespace-watch.js';
import {exitCode, NamespaceError, UsageError} from '../model/errors.js';
import type {Log} from '../model/log.js';
import type {Sink} from '../model/sink.js';
import {chosenTricks, type Tricks} from '../options/tricks.js';
import type {WatchOptions} from '../options/watch-options.js';
import {CheckedIp} from '../probe/checked-ip.js';
import {findIpProgram} from '../probe/ip-program.js';
import {IpProbe} from '../probe/probe.js';
import {Lacks} from '../process/lacks.js';
import {isTerminal, openStandard} from '../report/descriptor.js';
import {DaemonLog} from '../report/log.js';
import {Output} from '../report/output.js';
import {unwritable} from '../report/print.js';
import {checkedIpFile, sandboxDirectory} from '../runtime/sandbox.js';
import {systemClock} from '../time/clock.js';
import {RecordingProbe} from '../watch/recording-probe.js';
import {drySide, openAudience} from './audience.js';
import {daemonOutput, observerOutput, openItemOutput} from './item-output.js';
import {MemoryTrim} from './memory.js';
import {openRecording, type RecordingFile} from './recording-file.js';
import {Ending, endAtInternalErrors, hangUp, listenForSignals} from './signals.js';

/** At a SIGTERM, how long a call that runs may go on. */
const stopGraceMs = 10_000;
/** After the start, until the first picture has been dealt with and there is time for what may be needed later. */
const settledMs = 30;
/** At the end, how long a reader may take for what it has not read yet. */
const flushLimitMs = 2000;

/**
 * Runs until a signal ends it, the namespace is gone, or the reader of an observer goes away. Resolves to the
 * exit code; rejects with what a user is to read.
 */
export async function runWatch(options: WatchOptions): Promise<number> {
	const {sandbox} = checkPurpose(options);
	const errors = new Output(openStandard(2), {dropped: (count) => `${count} log lines were dropped\n`});
	const log = new DaemonLog({
		level: options.logLevel,
		format: logFormat(options),
		output: errors,
		fields: sandbox === undefined ? {} : {sandbox},
	});
	endAtInternalErrors(log, async () => {
		await log.load();
		await errors.flush(flushLimitMs);
	});
	if (process.pid === 1 && options.runtime !== undefined)
		log.warn({}, 'as process 1 netmon does not reap what calls leave behind, run it under an init (docker run --init, tini)');
	const lacks = new Lacks(log);
	const ending = new Ending();
	let engine: Engine | undefined;
	listenForSignals(ending, log, () => engine?.describe() ?? {}, sandbox === undefined && isTerminal(1));
	const recording = options.record === undefined ? undefined : openRecording(options.record, options, log);
	const metrics = await openMetrics(options, () => engine?.figures ?? noFigures);
	const items = openItemOutput(options.output, sandbox === undefined ? observerOutput(ending) : daemonOutput(log));
	try {
		for (;;) {
			if (!(await namespaceIsThere(options, ending, log))) return exitCode.done;
			const gone = await watchOnce(
				options,
				{log, lacks, ending, sinks: [items ?? logSink(log), metrics].filter((sink) => sink !== undefined), recording},
				(started) => {
					engine = started;
				},
			);
			if (ending.outputError !== undefined) throw unwritable(ending.outputError);
			if (gone === undefined) return exitCode.done;
			if (!options.follow) throw goneError(options, gone);
			log.warn({netns: options.netns, reason: gone}, 'the namespace is gone, its name is waited for');
		}
	} finally {
		metrics?.close();
		await log.load();
		await Promise.all([items, recording, errors].map((each) => each?.flush(flushLimitMs)));
		if (ending.reason === 'hangup') await hangUp();
	}
}

/** What a command line asks for must go together; nothing is made or removed before it does. */
function checkPurpose(options: WatchOptions): {readonly sandbox: string | undefined} {
	const {sandbox, runtime, dryRun, stateDir} = options;
	if (sandbox !== undefined) sandboxDirectory(stateDir, sandbox);
	if (sandbox !== undefined && runtime === undefined && !dryRun) {
		throw new UsageError('a sandbox is named and no runtime', 'Name the runtime to call with -r PATH, or say --dry-run.');
	}
	if (sandbox === undefined && runtime !== undefined && !dryRun) {
		throw new UsageError('a runtime is named and no sandbox', 'Name the sandbox with -s ID, or leave out -r to observe only.');
	}
	return {sandbox};
}

async function namespaceIsThere({netns, follow}: WatchOptions, ending: Ending, log: Log): Promise<boolean> {
	if (netns === undefined || !follow) return true;
	log.info({netns}, 'waiting for the namespace');
	return namespaceAppears(namespacePath(netns), (call) => ending.onAsked(call));
}

function goneError({netns}: WatchOptions, what: 'gone' | 'replaced'): NamespaceError {
	return new NamespaceError(
		what === 'gone' ? `the network namespace "${netns}" is gone` : `the network namespace "${netns}" was replaced by another`,
		'With --follow netmon waits for the name and starts afresh.',
	);
}

interface Surroundings {
	readonly log: DaemonLog;
	readonly lacks: Lacks;
	readonly ending: Ending;
	/** Where changes and calls go. */
	readonly sinks: readonly Sink[];
	readonly recording: RecordingFile | undefined;
}

/** Where nothing is written to stdout, a change is reported in the log, if that shows it; calls are logged anyway. */
function logSink(log: DaemonLog): Sink {
	const says = {interface: log.says('info'), route: log.says('debug')};
	return {
		take(item) {
			if (item.type === 'interface' && says.interface) {
				const {action, ifindex, ifname, differences} = item;
				log.info({ifindex, ifname, action, differences}, 'interface change');
			} else if (item.type === 'route' && says.route) {
				log.debug({dst: item.route.dst, dev: item.route.dev, action: item.action, differences: item.differences}, 'route change');
			}
		},
	};
}

/** node:http is loaded for those only who ask for metrics. */
async function openMetrics({metrics}: WatchOptions, figures: () => typeof noFigures) {
	if (metrics === undefined) return undefined;
	const {serveMetrics} = await import('../report/metrics.js');
	return serveMetrics(metrics, figures);
}

const noFigures = {interfaces: 0, routes: 0, monitorUp: false, looks: 0, drift: 0, waiting: 0};

/** One watch of one namespace, to its end. Resolves to what became of the namespace, or to nothing where a signal ended it. */
async function watchOnce(
	options: WatchOptions,
	{log, lacks, ending, sinks, recording}: Surroundings,
	onEngine: (engine: Engine) => void,
): Promise<'gone' | 'replaced' | undefined> {
	const {sandbox, runtime, dryRun} = options;
	const tricks = chosenTricks(process.env);
	const namespace = resolveNamespace(options.netns);
	const program = findIpProgram(options.ip, namespace.own ? undefined : namespace.path, process.env['PATH'] ?? '', lacks);
	let gone: 'gone' | 'replaced' | undefined;
	let lost: Error | undefined;
	let over: () => void = () => undefined;
	const isOver = new Promise<void>((resolve) => {
		over = resolve;
	});
	const forgetEnding = ending.onAsked(over);
	const onLost = (error: Error) => {
		lost = error;
		over();
	};
	const open =
		sandbox === undefined || runtime === undefined || dryRun
			? undefined
			: openAudience(sandbox, runtime, options, namespace, {log, mortality: program.mortality, onLost});
	const runtimeSide = open?.side ?? (dryRun ? drySide(options) : undefined);
	const memoryFile = open === undefined ? undefined : join(options.stateDir, checkedIpFile);
	const namespaceWatch = new NamespaceWatch(namespace, (what) => {
		gone = what;
		over();
	});
	let memory: MemoryTrim | undefined;
	let engine: Engine | undefined;
	try {
		const checkedIp = new CheckedIp(program, memoryFile, log);
		const ip = new IpProbe(program, log, {...tricks, knowledge: checkedIp});
		const probe = recording === undefined ? ip : new RecordingProbe(ip, systemClock, (line) => recording.write(line));
		const trimmed: Sink = {take: (item) => memory?.note(item)};
		engine = new Engine(
			{probe, clock: systemClock, log, sinks: [...sinks, trimmed], ...(runtimeSide === undefined ? {} : {runtime: runtimeSide})},
			engineOptions(options, tricks),
		);
		onEngine(engine);
		// While the monitor starts; nothing is told before both are known.
		const check = async () => void (await Promise.all([checkedIp.check(), open?.own()]));
		await Promise.race([engine.start(check), isOver]);
		if (ending.reason === undefined && gone === undefined && lost === undefined) {
			log.info({ip: program.path, netns: namespace.path}, 'watching');
			setTimeout(() => {
				memory = new MemoryTrim();
				open?.prepare();
				// While it is as this netmon needs it: its files may be replaced by an upgrade.
				void log.load();
			}, settledMs).unref();
			await isOver;
		}
	} finally {
		forgetEnding();
		namespaceWatch.stop();
		memory?.stop();
		await engine?.stop(stopGraceMs);
		open?.leave(gone !== undefined && options.follow ? 'is fresh' : 'goes on');
	}
	if (lost !== undefined) throw lost;
	return ending.reason === undefined ? gone : undefined;
}

function engineOptions(options: WatchOptions, {single, bare}: Tricks): EngineOptions {
	const {families, onChange, addressWaitMs, profile, intervalMs} = options;
	return {
		rules: {families, onChange, addressWaitMs, kernelRoutes: profile === 'kata-1.5'},
		pollIntervalMs: intervalMs,
		asksForAll: !single,
		...(bare ? {} : {bareFrom: Number.POSITIVE_INFINITY}),
	};
}

function logFormat({logFormat: format}: WatchOptions): 'json' | 'human' {
	return format ?? (isTerminal(2) ? 'human' : 'json');
}
