import {ChildProcess} from 'node:child_process';
import {subscribe, unsubscribe} from 'node:diagnostics_channel';
import {killGroup} from './kill-group.js';
import type {Command, Mortality} from './mortal.js';
import {SpawnError} from './spawn-error.js';

/** Node publishes each child process on this channel before it starts it (diagnostics_channel, "child_process"). */
const childChannel = 'child_process';

const defaultMostBytes = 1024 * 1024;

export interface CollectOptions {
	/** Undefined: netmon's own environment. */
	readonly env?: Readonly<Record<string, string>>;
	/** The time limit. After it, the process is killed with its process group. */
	readonly limitMs: number;
	/** The limit for each output. A process that writes more is killed. */
	readonly mostBytes?: number;
	/** Kills the process with its process group. */
	readonly signal?: AbortSignal;
}

export interface Collected {
	readonly exitCode: number | undefined;
	/** How it ended, in a few words, if it has no exit code. */
	readonly reason: string;
	readonly timedOut: boolean;
	readonly stdout: Buffer;
	readonly stderr: Buffer;
}

/**
 * Runs a program to its end and collects its output. execa does this. It is loaded on demand, because loading it takes longer than
 * everything else before the subscription.
 *
 * @throws {SpawnError} if the program could not be started
 */
export async function collect(command: Command, mortality: Mortality, options: CollectOptions): Promise<Collected> {
	const bySignal = mortality.bySignal;
	try {
		const collected = await run(mortality.command(command, false), bySignal, options);
		const refused = bySignal && mortality.blameEnd(collected.exitCode, collected.stderr.toString('latin1'));
		return refused ? await collect(command, mortality, options) : collected;
	} catch (error) {
		if (error instanceof SpawnError && mortality.blameStart(error)) return collect(command, mortality, options);
		throw error;
	}
}

async function run({file, args}: Command, bySignal: boolean, {env, limitMs, mostBytes, signal}: CollectOptions): Promise<Collected> {
	const execa = await loadExeca(file);
	const held: 'pipe'[] = bySignal ? [] : ['pipe'];
	const options = {
		reject: false,
		stdio: ['ignore', 'pipe', 'pipe', ...held] as ['ignore', 'pipe', 'pipe', ...'pipe'[]],
		encoding: 'buffer',
		stripFinalNewline: false,
		env: env ?? {},
		extendEnv: env === undefined,
		maxBuffer: mostBytes ?? defaultMostBytes,
		detached: true,
		cleanup: false,
	} as const;
	const {child} = await startSafely(file, () => ({child: execa(file, args, options)}));
	let timedOut = false;
	// Kill its group too: a wrapper's child would hold the pipes open, and netmon would wait for their end.
	const kill = () => killGroup(child.pid);
	const timer = setTimeout(() => {
		timedOut = true;
		kill();
	}, limitMs);
	signal?.addEventListener('abort', kill);
	if (signal?.aborted) kill();
	// End the watcher that holds the pipe together with the child.
	if (!bySignal) child.once('exit', kill);
	const result = await child;
	clearTimeout(timer);
	signal?.removeEventListener('abort', kill);
	if (child.pid === undefined) throw new SpawnError(file, result.cause ?? result);
	return {
		exitCode: result.exitCode,
		reason: result.shortMessage ?? 'ended without an exit code',
		timedOut,
		stdout: bufferOf(result.stdout),
		stderr: bufferOf(result.stderr),
	};
}

async function loadExeca(file: string) {
	try {
		return (await import('execa')).execa;
	} catch (error) {
		// No descriptor is free to read it.
		throw new SpawnError(file, error);
	}
}

/**
 * With EMFILE and ENFILE, Node returns a child without streams and reports the error later. execa fails at the missing streams before it
 * listens for the error, and the unhandled error would end netmon.
 */
async function startSafely<Started>(file: string, start: () => {readonly child: Started}): Promise<{readonly child: Started}> {
	let failure: Promise<unknown> | undefined;
	const onChild = (message: unknown) => {
		if (!(message instanceof Object && 'process' in message && message.process instanceof ChildProcess)) return;
		const {process} = message;
		failure = new Promise((resolve) => process.on('error', resolve));
	};
	subscribe(childChannel, onChild);
	try {
		return start();
	} catch (error) {
		throw new SpawnError(file, (await failure) ?? error);
	} finally {
		unsubscribe(childChannel, onChild);
	}
}

function bufferOf(bytes: Uint8Array | undefined): Buffer {
	return bytes === undefined ? Buffer.alloc(0) : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
