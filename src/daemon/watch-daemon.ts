import type {Rules} from '../diff/rules.js';
import {exitCode, messageOf, UsageError} from '../errors.js';
import type {CallReport} from '../model/call.js';
import type {Change} from '../model/change.js';
import type {Log} from '../model/log.js';
import type {WatchOptions} from '../options/watch-options.js';
import {findIpProgram} from '../probe/ip-program.js';
import {checkIpVersion} from '../probe/ip-version.js';
import {resolveNamespace} from '../probe/namespace.js';
import {IpProbe} from '../probe/probe.js';
import {HumanLines, wantsColours} from '../report/human.js';
import {makeLog} from '../report/log.js';
import {ndjsonDropped, ndjsonLine} from '../report/ndjson.js';
import {Output} from '../report/output.js';
import {sandboxDirectory} from '../runtime/sandbox.js';
import {systemClock} from '../watch/clock.js';
import {Engine} from '../watch/engine.js';
import {dryAudience, type OpenAudience, openAudience} from './audience.js';

/** At a SIGTERM, how long a call that runs may go on. */
const stopGraceMs = 10_000;
/** At the end, how long a reader may take for what it has not read yet. */
const flushLimitMs = 500;

/** Runs until a signal ends it, or the reader of an observer goes away. Resolves to the exit code; rejects with what a user is to read. */
export async function runWatch(options: WatchOptions): Promise<number> {
	const {sandbox, runtime} = sandboxAndRuntime(options);
	if (sandbox !== undefined) sandboxDirectory(options.stateDir, sandbox);
	const ending = new Ending();
	const stderr = new Output(
		process.stderr,
		(count) => `${count} log lines were dropped\n`,
		() => undefined,
	);
	const log = makeLog(options.logLevel, logFormat(options), stderr, sandbox === undefined ? {} : {sandbox});
	const namespace = resolveNamespace(options.netns);
	const program = findIpProgram(options.ip, namespace.own ? undefined : namespace.path, process.env['PATH'] ?? '');
	const open =
		sandbox === undefined || runtime === undefined ? undefined : openAudience(sandbox, runtime, options, namespace.identity, log);
	try {
		const probe = new IpProbe(program, true);
		const audience = open?.audience ?? (sandbox === undefined ? undefined : dryAudience(options));
		const output = openOutput(options, audience === undefined, ending);
		const engine = new Engine({probe, clock: systemClock, log, ...(audience === undefined ? {} : {audience})}, engineOptions(options), {
			onChanges: (changes) => {
				for (const change of changes) output?.write(change);
			},
			onCall: (report) => output?.write(report),
		});
		ending.listen(log, () => engine.describe());
		await watchUntilEnd(engine, ending, open, checkIpVersion(program), log);
		await Promise.all([output?.flush(), stderr.flush(flushLimitMs)]);
		return exitCode.done;
	} finally {
		open?.leave();
	}
}

async function watchUntilEnd(
	engine: Engine,
	ending: Ending,
	open: OpenAudience | undefined,
	checked: Promise<void>,
	log: Log,
): Promise<void> {
	try {
		await Promise.race([engine.start(checked), ending.asked]);
		if (!ending.isAsked) log.info({}, 'watching');
		open?.prepare();
		await ending.asked;
	} finally {
		await engine.stop(stopGraceMs);
	}
}

function sandboxAndRuntime(options: WatchOptions): {sandbox: string | undefined; runtime: string | undefined} {
	const {sandbox, runtime, dryRun} = options;
	if (sandbox !== undefined && runtime === undefined && !dryRun) {
		throw new UsageError('a sandbox is named and no runtime', 'Name the runtime to call with -r PATH, or say --dry-run.');
	}
	if (sandbox === undefined && runtime !== undefined) {
		throw new UsageError('a runtime is named and no sandbox', 'Name the sandbox with -s ID, or leave out -r to observe only.');
	}
	return {sandbox: sandbox ?? (dryRun ? 'dry-run' : undefined), runtime: dryRun ? undefined : runtime};
}

function engineOptions(options: WatchOptions): {rules: Rules; pollIntervalMs: number} {
	const {families, onChange, addressWaitMs, profile, intervalMs} = options;
	return {
		rules: {families, onChange, addressWaitMs, kernelRoutes: profile === 'kata-1.5'},
		pollIntervalMs: intervalMs,
	};
}

function logFormat({logFormat}: WatchOptions): 'json' | 'human' {
	return logFormat ?? (process.stderr.isTTY ? 'human' : 'json');
}

interface ChangeOutput {
	write(item: Change | CallReport): void;
	flush(): Promise<void>;
}

function openOutput({output: form}: WatchOptions, isObserver: boolean, ending: Ending): ChangeOutput | undefined {
	if (form === undefined) return undefined;
	const human = new HumanLines(wantsColours(process.stdout, process.env));
	const ndjson = form === 'ndjson';
	const onDropped = (count: number) => (ndjson ? ndjsonDropped(count) : human.dropped(count));
	// An observer has nothing to do without a reader, as `ip monitor` has not; a daemon goes on.
	const output = new Output(process.stdout, onDropped, () => isObserver && ending.ask());
	return {
		write: (item) => output.write(ndjson ? ndjsonLine(item, new Date()) : human.line(item, new Date())),
		flush: () => output.flush(flushLimitMs),
	};
}

/** Signals: which of them end the watch, and which do not. */
class Ending {
	readonly asked: Promise<void>;
	isAsked = false;
	#resolve: () => void = () => undefined;

	constructor() {
		this.asked = new Promise((resolve) => {
			this.#resolve = resolve;
		});
	}

	ask(): void {
		this.isAsked = true;
		this.#resolve();
	}

	listen(log: Log, describe: () => object): void {
		for (const signal of ['SIGTERM', 'SIGINT'] as const) {
			process.on(signal, () => {
				// The second one does not wait for a call that runs. 128 + number, as a shell has it.
				if (this.isAsked) process.exit(signal === 'SIGINT' ? 130 : 143);
				log.info({signal}, 'ending');
				this.ask();
			});
		}
		process.on('SIGHUP', () => log.info({signal: 'SIGHUP'}, 'goes on'));
		process.on('SIGUSR1', () => log.error({signal: 'SIGUSR1', state: describe(), stack: new Error('stack').stack}, 'state'));
		process.on('unhandledRejection', (error) => log.error({reason: messageOf(error)}, 'unhandled rejection'));
	}
}
