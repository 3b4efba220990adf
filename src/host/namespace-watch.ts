import {type FSWatcher, lstatSync, statfsSync, watch} from 'node:fs';
import {basename, dirname} from 'node:path';
import {identityOf, type Namespace, nsfsMagic} from './namespace.js';

/** /proc does not report when a process ends (inotify(7), "Limitations"), so it is polled. */
const procCheckMs = 2000;
/** Poll interval while waiting for a namespace: a mount makes no inotify event. */
const waitCheckMs = 200;

/** Notices when a namespace's name is gone, or stands for another namespace. */
export class NamespaceWatch {
	readonly #namespace: Namespace;
	readonly #onGone: (what: 'gone' | 'replaced') => void;
	#watcher: FSWatcher | undefined;
	#timer: NodeJS.Timeout | undefined;
	/** Whether onGone was called. */
	#isOver = false;

	/** @param onGone called once */
	constructor(namespace: Namespace, onGone: (what: 'gone' | 'replaced') => void) {
		this.#namespace = namespace;
		this.#onGone = onGone;
		if (namespace.named) this.#begin();
	}

	stop(): void {
		this.#watcher?.close();
		clearInterval(this.#timer);
	}

	/**
	 * Rejects as the start does, unless the namespace has gone: then nothing in it can be read, and onGone is called. What happened may not
	 * have been reported yet.
	 */
	async unlessGone(start: Promise<void>): Promise<void> {
		try {
			await start;
		} catch (error) {
			this.#check();
			if (!this.#isOver) throw error;
		}
	}

	#begin(): void {
		const {path} = this.#namespace;
		// What a link leads to may go without an event in its folder.
		const inProc = path.startsWith('/proc/');
		if (inProc || mayBeLink(path)) this.#checkAtTimes();
		if (inProc) return;
		try {
			this.#watcher = watch(dirname(path), (_, name) => {
				if (name === null || name === basename(path)) this.#check();
			});
			this.#watcher.on('error', () => this.#checkAtTimes());
		} catch {
			// There is no inotify watch: a limit is reached, or the folder is not readable.
			this.#checkAtTimes();
		}
		// It may have disappeared while the watch was set up.
		this.#check();
	}

	#checkAtTimes(): void {
		this.#timer ??= setInterval(() => this.#check(), procCheckMs);
	}

	#check(): void {
		if (this.#isOver) return;
		const found = currentIdentity(this.#namespace.path);
		if (found === this.#namespace.identity) return;
		this.stop();
		this.#isOver = true;
		this.#onGone(found === undefined ? 'gone' : 'replaced');
	}
}

function mayBeLink(path: string): boolean {
	try {
		return lstatSync(path).isSymbolicLink();
	} catch {
		return true;
	}
}

function currentIdentity(path: string): string | undefined {
	try {
		// `ip netns del` unmounts the namespace, and then removes the empty file.
		return isNamespace(path) ? identityOf(path) : undefined;
	} catch {
		return undefined;
	}
}

/**
 * Resolves to true when the path is a namespace, false when asked to end.
 *
 * @param onWait called if it is none yet
 */
export function namespaceAppears(path: string, onEnd: (call: () => void) => () => void, onWait = () => {}): Promise<boolean> {
	if (isNamespace(path)) return Promise.resolve(true);
	onWait();
	return new Promise((resolve) => {
		let forget: () => void = () => undefined;
		const finish = (appeared: boolean) => {
			clearInterval(timer);
			forget();
			resolve(appeared);
		};
		// Use one timer and one listener: a race of promises for each check would leak a little each time.
		const timer = setInterval(() => {
			if (isNamespace(path)) finish(true);
		}, waitCheckMs);
		forget = onEnd(() => finish(false));
	});
}

/** `ip netns add` makes an empty file first, and mounts a namespace over it. */
function isNamespace(path: string): boolean {
	try {
		return statfsSync(path).type === nsfsMagic;
	} catch {
		return false;
	}
}
