import {join} from 'node:path';
import {Engine, type EngineOptions} from '../host/engine.js';
import type {EventFeed} from '../host/event-feed.js';
import {resolveNamespace} from '../host/namespace.js';
import {NamespaceWatch} from '../host/namespace-watch.js';
import {chosenTricks, type Tricks} from '../options/tricks.js';
import type {WatchOptions} from '../options/watch-options.js';
import {CheckedIp} from '../probe/checked-ip.js';
import {findIpProgram} from '../probe/ip-program.js';
import {IpProbe} from '../probe/probe.js';
import type {Lacks} from '../process/lacks.js';
import type {DaemonLog} from '../report/log.js';
import {checkedIpFile} from '../runtime/sandbox.js';
import {systemClock} from '../time/clock.js';
import {RecordingProbe} from '../watch/recording-probe.js';
import {drySide, openAudience} from './audience.js';
import {MemoryTrim} from './memory.js';
import type {RecordingFile} from './recording-file.js';
import type {Ending} from './signals.js';

/** At a SIGTERM, how long a call that runs may go on. */
const stopGraceMs = 10_000;
/** After the start, until the first picture has been dealt with and there is time for what may be needed later. */
const settledMs = 30;

/** What all watches of this process share. */
export interface Surroundings {
	readonly log: DaemonLog;
	readonly lacks: Lacks;
	readonly ending: Ending;
	readonly feed: EventFeed;
	readonly recording: RecordingFile | undefined;
}

/** One watch of one namespace, to its end. Resolves to what became of the namespace, or to nothing where a signal ended it. */
export async function watchOnce(
	options: WatchOptions,
	{log, lacks, ending, feed, recording}: Surroundings,
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
		engine = new Engine(
			{
				probe,
				clock: systemClock,
				log,
				events: feed,
				onChanges: (count) => memory?.note(count),
				...(runtimeSide === undefined ? {} : {runtime: runtimeSide}),
			},
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
