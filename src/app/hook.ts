import {resolve} from 'node:path';
import {hookFilter} from '../diff/hook-filter.js';
import {HookProgram} from '../hooks/hook-program.js';
import type {HookOutput} from '../hooks/hook-shell.js';
import {HookStateFile} from '../hooks/hook-state-file.js';
import type {Audience} from '../host/engine.js';
import type {EventFeed} from '../host/event-feed.js';
import {type Namespace, stateIdentity} from '../host/namespace.js';
import {HookUnavailableError} from '../model/errors.js';
import type {Log} from '../model/log.js';
import type {HookOptions} from '../options/hook-options.js';
import type {WatchOptions} from '../options/watch-options.js';
import {userProgram} from '../process/find-program.js';
import type {Mortality} from '../process/mortal.js';
import {openStandard} from '../report/descriptor.js';
import {Output} from '../report/output.js';
import type {CallLimit} from '../tell/call-limit.js';
import {HookAgenda} from '../tell/hook-agenda.js';
import {type CallWords, Teller} from '../tell/teller.js';
import {systemClock} from '../time/clock.js';
import {daemonOutput, type EventOutput} from './event-output.js';

/**
 * Finds the program to run for each change. Throws a HookUnavailableError if there is none.
 *
 * @returns a function that takes the outputs. `events` is the observer's, if there is one: two writers on one pipe would mix their lines
 */
export function findHook(hook: HookOptions): (events: EventOutput | undefined, errors: Output, log: Log) => HookRun {
	const found = userProgram(hook.program, process.env['PATH'] ?? '');
	if ('why' in found)
		throw new HookUnavailableError(found.why, 'Name the program by its path, and see that it has its run bit (chmod +x).');
	// Not before it was found: resolve() throws if there is no working directory any more.
	const path = resolve(found.path);
	return (events, errors, log) => {
		const dropped = (count: number) => `${count} lines of the program were dropped\n`;
		const own = events === undefined ? new Output(openStandard(1), {...daemonOutput(log), dropped}) : undefined;
		const lines = {stdout: (line: string) => void (events ?? own)?.write(line), stderr: (line: string) => void errors.write(line)};
		return {
			open: (options, namespace, around) => openHook(hook, path, linesOf(lines, options), options, namespace, around),
			flush: async (limitMs) => own?.flush(limitMs),
		};
	};
}

/** How long after the start to prepare: after the first picture has been printed. */
const prepareMs = 200;

const words: CallWords = {done: 'program was run', failed: 'program failed', withStderr: false};

/** Prefixes the lines of a program that runs for one of several namespaces. */
function linesOf(lines: HookOutput, {netns, several}: WatchOptions): HookOutput {
	if (several === undefined || netns === undefined) return lines;
	const named = (line: string) => `${netns}: ${line}`;
	return {stdout: (line) => lines.stdout(named(line)), stderr: (line) => lines.stderr(named(line))};
}

/** The program to run for each change, and where its lines go. */
export interface HookRun {
	/** Prepares the calls for the watch of one namespace. */
	open(options: WatchOptions, namespace: Namespace, around: HookSurroundings): Audience;
	flush(limitMs: number): Promise<void>;
}

interface HookSurroundings {
	readonly log: Log;
	readonly feed: Pick<EventFeed, 'called'>;
	readonly program: {readonly mortality: Mortality};
	/** Set if several namespaces are watched: the limit for calls of all of them. */
	readonly limit?: CallLimit;
}

function openHook(
	hook: HookOptions,
	path: string,
	lines: HookOutput,
	options: WatchOptions,
	namespace: Namespace,
	around: HookSurroundings,
): Audience {
	const {log, feed, limit} = around;
	const {mortality} = around.program;
	const {initial, settleMs, retries, args, timeoutMs} = hook;
	// With several namespaces no shell waits, because each would be one more process.
	const program = new HookProgram({path, args, mortality}, {timeLimitMs: timeoutMs, prepares: limit === undefined}, lines);
	const filter = hookFilter(hook.on, {...topicsOf(options), families: options.families});
	const store = hook.state === undefined ? undefined : new HookStateFile(hook.state, stateIdentity(namespace), log);
	const now = () => new Date();
	const agenda = new HookAgenda({filter, initial, settleMs, retries, netns: options.netns}, {clock: systemClock, log, store, now});
	const teller = new Teller(agenda, limit?.limited(program) ?? program, {
		...{clock: systemClock, log, words},
		onCall: (report) => feed.called(report),
	});
	setTimeout(() => {
		program.prepare();
		teller.prepare();
	}, prepareMs).unref();
	return {
		observe(picture, delta) {
			agenda.observe(picture, delta);
			teller.wake();
		},
		teller,
		stop: (graceMs) => teller.stop(graceMs),
	};
}

/** `--only call` asks for lines about calls. It must not keep the program from running. */
function topicsOf({choice: {only = [], ...choice}}: WatchOptions) {
	const topics = only.filter((topic) => topic !== 'call');
	return topics.length === 0 ? choice : {...choice, only: topics};
}
