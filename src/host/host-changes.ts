import {type FSWatcher, watch} from 'node:fs';
import {nameFolders} from './namespace-finder.js';

/** Mounts and processes make no inotify events, and a folder may not exist yet: check everything this often. */
const checkMs = 500;
/** `ip netns add` makes a file, which is an event, and then mounts a namespace over it, which is none. */
const afterEventMs = [0, 10, 50, 200] as const;

/** Calls back whenever the namespaces of this host may have changed. */
export class HostChanges {
	readonly #onChange: () => void;
	readonly #watchers = new Map<string, FSWatcher>();
	readonly #timers = new Set<NodeJS.Timeout>();
	readonly #interval: NodeJS.Timeout;

	constructor(onChange: () => void) {
		this.#onChange = onChange;
		this.#watchFolders();
		this.#interval = setInterval(() => {
			this.#watchFolders();
			this.#onChange();
		}, checkMs);
	}

	stop(): void {
		clearInterval(this.#interval);
		for (const timer of this.#timers) clearTimeout(timer);
		for (const watcher of this.#watchers.values()) watcher.close();
		this.#watchers.clear();
	}

	#watchFolders(): void {
		for (const folder of nameFolders) {
			if (this.#watchers.has(folder)) continue;
			try {
				const watcher = watch(folder, (event, name) => {
					// The folder itself was removed, and another may take its place.
					if (event === 'rename' && folder.endsWith(`/${name}`)) this.#forget(folder);
					this.#expectChanges();
				});
				watcher.on('error', () => this.#forget(folder));
				this.#watchers.set(folder, watcher);
			} catch {
				// The folder does not exist yet, or there are no inotify watches left: rely on the interval.
			}
		}
	}

	#forget(folder: string): void {
		this.#watchers.get(folder)?.close();
		this.#watchers.delete(folder);
	}

	#expectChanges(): void {
		if (this.#timers.size > 0) return;
		for (const delay of afterEventMs) {
			const timer = setTimeout(() => {
				this.#timers.delete(timer);
				this.#onChange();
			}, delay);
			this.#timers.add(timer);
		}
	}
}
