import type {RuntimeSide} from '../host/engine.js';
import {bootId} from '../host/namespace.js';
import {messageOf, RuntimeUnavailableError, StateDirectoryError} from '../model/errors.js';
import type {Log} from '../model/log.js';
import type {Tricks} from '../options/tricks.js';
import type {WatchOptions} from '../options/watch-options.js';
import {executableAt, findProgram} from '../process/find-program.js';
import {DirectLauncher} from '../runtime/direct-launcher.js';
import {SandboxLock} from '../runtime/lock.js';
import {interfacePayload, routePayload} from '../runtime/payload.js';
import {PreparedLauncher} from '../runtime/prepared-launcher.js';
import {RuntimeCaller} from '../runtime/runtime-caller.js';
import {makeDirectory, sandboxDirectory} from '../runtime/sandbox.js';
import {removeFile} from '../runtime/shared-file.js';
import {StateFile} from '../runtime/state-file.js';
import type {RuntimeForm} from '../tell/runtime-agenda.js';

/** The runtime's side of a watch, and how to leave it. */
export interface OpenAudience {
	readonly side: RuntimeSide;
	/** Has a process wait for the first call; for when there is time. */
	prepare(): void;
	/** Removes shared.json and the lock; what was announced stays for the next start, unless that is to be a fresh one. */
	leave(next: 'goes on' | 'is fresh'): void;
}

/**
 * Checks sandbox and runtime, makes the directory and takes the lock.
 *
 * @param netns identity of the namespace, which the state belongs to
 */
export function openAudience(
	sandbox: string,
	runtime: string,
	options: WatchOptions,
	netns: string,
	log: Log,
	tricks: Tricks,
): OpenAudience {
	const directory = sandboxDirectory(options.stateDir, sandbox);
	const path = runtime.includes('/') ? executableAt(runtime) : findProgram(runtime, process.env['PATH'] ?? '');
	if (path === undefined) {
		throw new RuntimeUnavailableError(
			`the runtime ${JSON.stringify(runtime)} is not an executable program`,
			'Name the container runtime with -r PATH, and see that it has its run bit.',
		);
	}
	makeDirectory(directory);
	const boot = bootId();
	const lock = new SandboxLock(directory, boot);
	try {
		removeFile(directory.sharedFile);
	} catch (error) {
		lock.release();
		throw new StateDirectoryError(
			`cannot remove ${directory.sharedFile}: ${messageOf(error)}`,
			'See what it is and remove it, or name another state directory with --state-dir PATH.',
			{cause: error},
		);
	}
	const setpriv = findProgram('setpriv', process.env['PATH'] ?? '');
	const command = {path, sandbox, sharedFile: directory.sharedFile, setpriv};
	const prepared = tricks.prepared ? new PreparedLauncher(command) : undefined;
	const launcher = prepared ?? new DirectLauncher(command);
	const remake = () => {
		makeDirectory(directory);
		lock.retake();
	};
	const store = new StateFile(directory, {netns, boot}, log, remake);
	return {
		side: {
			form: formOf(options),
			consumer: new RuntimeCaller(launcher, command, directory, options.runtimeTimeoutMs, remake),
			store,
		},
		prepare: () => prepared?.prepare(),
		leave(next) {
			const forget = next === 'is fresh' ? [() => store.forget()] : [];
			for (const remove of [...forget, () => removeFile(directory.sharedFile), () => lock.release()]) {
				try {
					remove();
				} catch (error) {
					log.error({reason: messageOf(error)}, 'cannot remove a file at the end');
				}
			}
		},
	};
}

/** For `--dry-run`: every call succeeds, none is made, and nothing is kept. */
export function drySide(options: WatchOptions): RuntimeSide {
	return {
		form: formOf(options),
		consumer: {tell: async () => ({ok: true}), close: async () => undefined},
		store: {load: () => undefined, begin: () => undefined, save: () => undefined},
	};
}

function formOf({profile}: WatchOptions): RuntimeForm {
	return {
		interface: (record) => interfacePayload(record, profile),
		route: (route) => routePayload(route, profile),
		fingerprint,
	};
}

/** A list up to this long is its own fingerprint: node:crypto takes longer to load than most lists to compare. */
const longestVerbatim = 4096;

function fingerprint(payload: string): string {
	if (payload.length <= longestVerbatim) return payload;
	const {createHash}: typeof import('node:crypto') = process.getBuiltinModule('node:crypto');
	return `sha1 ${createHash('sha1').update(payload).digest('base64')}`;
}
