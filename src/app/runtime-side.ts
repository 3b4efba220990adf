import {removeFile} from '../files/own-file.js';
import type {RuntimeSide} from '../host/engine.js';
import {type Namespace, stateIdentity} from '../host/namespace.js';
import {messageOf, RuntimeUnavailableError, reasonOf, SandboxLockedError, StateDirectoryError} from '../model/errors.js';
import type {Log} from '../model/log.js';
import type {WatchOptions} from '../options/watch-options.js';
import {findProgram, userProgram} from '../process/find-program.js';
import type {Mortality} from '../process/mortal.js';
import {SandboxLock} from '../runtime/lock.js';
import {interfacePayload, type Profile, routePayload} from '../runtime/payload.js';
import {PreparedLauncher} from '../runtime/prepared-launcher.js';
import {RuntimeCaller} from '../runtime/runtime-caller.js';
import {makeDirectory, sandboxDirectory} from '../runtime/sandbox.js';
import {StateFile} from '../runtime/state-file.js';
import type {RuntimeForm} from '../tell/runtime-agenda.js';

/** What a watch needs to call its runtime, and how to close it. */
export interface OpenRuntimeSide {
	readonly side: RuntimeSide;
	/** Starts a process that waits for the first call. Call it when there is time. */
	prepare(): void;
	/**
	 * Resolves once this netmon is the only one for the sandbox; a separate process checks that. Nothing may be told before. Rejects with a
	 * SandboxLockedError if another netmon holds the sandbox.
	 */
	own(): Promise<void>;
	/** Removes shared.json and the lock. What was announced is kept for the next start, unless that should be a fresh one. */
	leave(next: 'goes on' | 'is fresh'): Promise<void>;
}

/** Somebody may remove the lock and start another netmon: check this often, and before each call. */
const lockCheckMs = 30_000;

/**
 * Checks the sandbox and the runtime, makes the directory, and refuses if its lock names a living netmon. own() then takes the lock.
 *
 * @param namespace the namespace that the state belongs to
 * @param around `onLost` is called once, if the sandbox is taken over by another netmon
 */
export function openRuntimeSide(
	sandbox: string,
	runtime: string,
	options: WatchOptions,
	namespace: Namespace,
	around: {readonly log: Log; readonly mortality: Mortality; readonly onLost: (error: SandboxLockedError) => void},
): OpenRuntimeSide {
	const {log} = around;
	const searchPath = process.env['PATH'] ?? '';
	const directory = sandboxDirectory(options.stateDir, sandbox);
	const found = userProgram(runtime, searchPath);
	if ('why' in found) {
		const advice = 'Name the container runtime with -r PATH, and see that it has its run bit (chmod +x).';
		throw new RuntimeUnavailableError(`the runtime ${found.why}`, advice);
	}
	const {path} = found;
	const make = () =>
		makeDirectory(directory, (mode) => log.warn({path: directory.path, mode}, 'the mode of the state directory was changed to 750'));
	make();
	const identity = stateIdentity(namespace);
	const lock = new SandboxLock(directory, identity.boot, findProgram('flock', searchPath));
	lock.refuseEarly();
	const command = {path, sandbox, sharedFile: directory.sharedFile, mortality: around.mortality};
	const launcher = new PreparedLauncher(command, log);
	const remake = () => {
		make();
		if (lock.isHeld) return;
		try {
			lock.takeNow();
			log.warn({path: directory.lockFile}, 'the lock of the sandbox was removed, taking it again');
		} catch (error) {
			if (error instanceof SandboxLockedError) around.onLost(error);
			throw error;
		}
	};
	const check = () => {
		if (!lock.isHeld) remake();
	};
	const store = new StateFile(directory, identity, log, {check, remake});
	let owned = false;
	let timer: NodeJS.Timeout | undefined;
	return {
		side: {
			form: runtimeForm(options.profile),
			consumer: new RuntimeCaller(launcher, command, directory, options.runtimeTimeoutMs, remake),
			store,
		},
		prepare: () => launcher.prepare(),
		async own() {
			await lock.take(log);
			removeLeftPayload(directory.sharedFile);
			store.settle();
			owned = true;
			timer = setInterval(() => attempt(log, 'cannot take the lock again', check), lockCheckMs).unref();
		},
		async leave(next) {
			clearInterval(timer);
			const ending = 'cannot remove a file at the end';
			// If another netmon holds the sandbox, the files belong to it by now.
			const mine = owned && lock.isHeld;
			if (mine && next === 'is fresh') attempt(log, ending, () => store.forget());
			if (mine) attempt(log, ending, () => removeFile(directory.sharedFile));
			await lock.release().catch((error) => log.error({reason: messageOf(error)}, ending));
		},
	};
}

/** Removes the payload of a call whose netmon was killed. */
function removeLeftPayload(path: string): void {
	try {
		removeFile(path);
	} catch (error) {
		throw new StateDirectoryError(
			`cannot remove ${path}: ${reasonOf(error)}`,
			'See what it is and remove it, or name another state directory with --state-dir PATH.',
			{cause: error},
		);
	}
}

function attempt(log: Log, failed: string, act: () => void): void {
	try {
		act();
	} catch (error) {
		log.error({reason: messageOf(error)}, failed);
	}
}

/** For `--dry-run`: every call succeeds, no call is made, and nothing is kept. */
export function drySide(options: WatchOptions): RuntimeSide {
	return {
		form: runtimeForm(options.profile),
		consumer: {tell: async () => ({ok: true}), close: async () => undefined},
		store: {load: () => undefined, begin: () => undefined, save: () => undefined},
	};
}

export function runtimeForm(profile: Profile): RuntimeForm {
	return {
		interface: (record) => interfacePayload(record, profile),
		route: (route) => routePayload(route, profile),
		fingerprint,
	};
}

/** A list up to this length is its own fingerprint: loading node:crypto takes longer than comparing most lists. */
const longestVerbatim = 4096;

function fingerprint(payload: string): string {
	if (payload.length <= longestVerbatim) return payload;
	const {createHash}: typeof import('node:crypto') = process.getBuiltinModule('node:crypto');
	return `sha1 ${createHash('sha1').update(payload).digest('base64')}`;
}
