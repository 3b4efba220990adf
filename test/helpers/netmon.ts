import {type ChildProcess, spawn} from 'node:child_process';
import {readlinkSync} from 'node:fs';
import {fileURLToPath} from 'node:url';
import type {ExecutionContext} from 'ava';
import {waitsForState} from './link-states.js';
import type {TestNamespace} from './namespace.js';
import {haveNeighbours, makeNeighbours} from './neighbours.js';
import {assertReplays, newRecording} from './replays.js';
import {RecordingRuntime} from './runtime.js';
import {waitFor} from './wait.js';

/** The repository's root, seen from build/test/helpers. */
export const root = fileURLToPath(new URL('../../../', import.meta.url));

/** A running program of the package. */
export class Running {
	readonly child: ChildProcess;
	stdout = '';
	/** Its log, without messages that are due to the `ip` of the whole run. */
	stderr = '';
	readonly exited: Promise<number | NodeJS.Signals | null>;

	constructor(
		command: readonly [string, readonly string[]],
		env: Readonly<Record<string, string>> = {},
		stdin: 'ignore' | 'pipe' = 'ignore',
	) {
		const [file, args] = command;
		this.child = spawn(file, args, {stdio: [stdin, 'pipe', 'pipe'], env: {...process.env, ...env}});
		// A piece may end within a character.
		this.child.stdout?.setEncoding('utf8').on('data', (text: string) => (this.stdout += text));
		this.child.stderr?.setEncoding('utf8').on('data', (text: string) => (this.stderr = (this.stderr + text).replaceAll(blamedOnIp, '')));
		this.exited = new Promise((resolve) => this.child.once('close', (code, signal) => resolve(signal ?? code)));
	}

	get pid(): number {
		if (this.child.pid === undefined) throw new Error('it has not started');
		return this.child.pid;
	}

	/** As the kernel says it: the event of its end may still be to come. A process that ends lets go of its program first (do_exit, kernel/exit.c). */
	get isAlive(): boolean {
		try {
			readlinkSync(`/proc/${this.pid}/exe`);
			return true;
		} catch {
			return false;
		}
	}

	/** Waits for the log line "watching" (level info). */
	async watching(times = 1): Promise<this> {
		await this.said('"msg":"watching"');
		await waitFor(`${times} namespaces that are watched`, () => this.stderr.split('"msg":"watching"').length > times);
		return this;
	}

	async said(text: string, limitMs?: number): Promise<void> {
		const hasEnded = () => this.child.exitCode !== null || this.child.signalCode !== null;
		await waitFor(`${JSON.stringify(text)} in ${this.stderr}`, () => this.stderr.includes(text) || hasEnded(), limitMs);
		// Its end may be seen before its last words are read.
		if (!this.stderr.includes(text)) await this.exited;
		if (!this.stderr.includes(text)) throw new Error(`it ended with ${this.child.exitCode}: ${this.stderr}`);
	}

	/** Sends SIGTERM, and resolves to the exit code. */
	stop(): Promise<number | NodeJS.Signals | null> {
		this.child.kill('SIGTERM');
		return this.exited;
	}
}

export interface Started {
	readonly netmon: Running;
	readonly runtime: RecordingRuntime;
	/** Waits until the runtime has been told everything so far: makes a route and waits for its call. */
	fence(): Promise<void>;
	/** The calls so far, without those that only fences caused. */
	calls(): {op: string; payload: unknown}[];
}

export interface StartOptions {
	readonly sandbox?: string;
	readonly env?: Readonly<Record<string, string>>;
	readonly runtime?: RecordingRuntime;
	/** More arguments, for `netmon watch` only. */
	readonly args?: readonly string[];
	/** Default `info`. */
	readonly logLevel?: string;
	/** Default `netmon`. `kata-netmon` takes its options from the environment. */
	readonly program?: 'netmon' | 'kata-netmon';
	/** Records the run, and fails at its end if a replay makes other calls. `NETMON_TEST_REPLAY` does so for every watch. */
	readonly replayed?: boolean;
	/** Never with neighbours: the story is one of a process with one sandbox. */
	readonly alone?: boolean;
}

/** Starts the built program in the namespace with a recording runtime, and waits until it watches. */
export async function startWatch(t: ExecutionContext<unknown>, namespace: TestNamespace, options: StartOptions = {}): Promise<Started> {
	const {sandbox = 'sb1', program = 'netmon', args = [], logLevel = 'info'} = options;
	const runtime = options.runtime ?? new RecordingRuntime();
	// A recording is of one namespace.
	const alone =
		!haveNeighbours ||
		options.alone === true ||
		program !== 'netmon' ||
		[...args, ...Object.keys(options.env ?? {})].some((word) => /netns|record|follow/i.test(word));
	const neighbours = alone ? undefined : await makeNeighbours(t, namespace, sandbox);
	const recorded = neighbours === undefined && (options.replayed === true || Boolean(process.env['NETMON_TEST_REPLAY']));
	const recording = recorded ? newRecording(runtime) : undefined;
	const record = recording === undefined ? {} : {NETMON_RECORD: recording};
	const env: Readonly<Record<string, string>> = {NETMON_STATE_DIR: runtime.stateDir, ...testIp, ...record, ...options.env};
	const own =
		program === 'netmon'
			? ['watch', ...(neighbours?.args ?? ['-s', sandbox]), '-r', runtime.path, '--log-level', logLevel, ...args]
			: ['-s', sandbox, '-r', runtime.path, '-log', logLevel];
	const [file, rest] = programCommand(program, own);
	const netmon = new Running(namespace.command(file, rest), env);
	t.teardown(async () => {
		// A stand-in for `ip` is that of the neighbours too.
		const canCheck = netmon.isAlive && env['NETMON_IP'] === testIp['NETMON_IP'];
		try {
			if (canCheck) await neighbours?.check(runtime);
		} finally {
			netmon.child.kill('SIGKILL');
		}
		await netmon.exited;
		if (recording !== undefined) await assertReplays(recording);
		if (options.runtime === undefined) runtime.close();
	});
	await netmon.watching((neighbours?.args.length ?? 2) / 2);
	return {netmon, runtime, fence: makeFence(namespace, runtime), calls: () => visibleCalls(runtime)};
}

/** `NETMON_TEST_NODE` names a Node for the programs, for example one that ava does not support. */
const nodeProgram = process.env['NETMON_TEST_NODE'] ?? process.execPath;

/** The command line that starts a program of the package. */
export function programCommand(program: 'netmon' | 'kata-netmon', args: readonly string[]): [string, string[]] {
	return [nodeProgram, [`${root}bin/${program === 'netmon' ? 'run' : program}.js`, ...args]];
}

/** The environment that makes netmon use another `ip` than the tests, if `NETMON_TEST_IP` names one. */
export const testIp: Readonly<Record<string, string>> = (() => {
	const ip = process.env['NETMON_TEST_IP'];
	return ip === undefined ? {} : {NETMON_IP: ip};
})();

/** The warning about an `ip` without a batch, only if `NETMON_TEST_IP` may name one: test/compat has its own tests for that. */
const blamedOnIp =
	process.env['NETMON_TEST_IP'] === undefined ? /(?!)/g : /^.*ip -batch cannot be used, each question starts a process now.*\n/gm;

/** For tests of the optimisations: turns all of them on, even if the whole run has some turned off. */
export const withEveryTrick = {NETMON_WITHOUT: ''};

/** Why tests that need events with the name of their interface fail here; undefined if they work. */
export const whyEventsTellNothing = process.env['NETMON_TEST_IP']?.endsWith('/json-events')
	? 'the events of this ip cannot be read, so only the MAC tells whether a link is another one'
	: undefined;

/** A network that only the routes of fences use. */
export const fencePrefix = '198.51.100.';
let fences = 0;

function makeFence(namespace: TestNamespace, runtime: RecordingRuntime): () => Promise<void> {
	return async () => {
		await waitFor('the kernel to set the states of links', () => !waitsForState.test(namespace.ip('-o link')));
		fences += 1;
		const address = `${fencePrefix}${fences % 250}`;
		namespace.ip(`route replace ${address}/32 dev lo`);
		await runtime.until(`the fence ${address}`, (calls) =>
			calls.some(({op, text}) => op === 'update-routes' && (text.includes(`"${address}/32"`) || text.includes(`"${address}"`))),
		);
	};
}

function visibleCalls(runtime: RecordingRuntime): {op: string; payload: unknown}[] {
	let lastList = '';
	return runtime.calls.flatMap(({op, text}) => {
		const payload: unknown = JSON.parse(text);
		if (!Array.isArray(payload)) return [{op, payload}];
		const list = payload.filter((route) => !String(route.Dest).startsWith(fencePrefix));
		const fenced = list.length !== payload.length;
		const same = JSON.stringify(list) === lastList;
		lastList = JSON.stringify(list);
		return fenced && same ? [] : [{op, payload: list}];
	});
}

/** Runs a program of the package until it exits. */
export async function runToEnd(
	command: readonly [string, readonly string[]],
	env: Readonly<Record<string, string>> = {},
): Promise<{code: number | NodeJS.Signals | null; stdout: string; stderr: string}> {
	const running = new Running(command, env);
	const code = await running.exited;
	return {code, stdout: running.stdout, stderr: running.stderr};
}
