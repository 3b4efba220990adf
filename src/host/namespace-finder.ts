import {readdirSync, statSync} from 'node:fs';
import {shellPattern} from '../text/shell-pattern.js';
import type {FoundNamespace, NamespaceChoice} from './found-namespace.js';
import {namespacePath, ownPath} from './namespace.js';
import {ProcessScan} from './process-scan.js';

/** Folders with names of namespaces: of `ip netns` and of Docker. */
export const nameFolders = ['/run/netns', '/run/docker/netns'] as const;

/** Finds the chosen namespaces that exist on this host now, those with the better names first. */
export class NamespaceFinder {
	readonly #choice: NamespaceChoice;
	readonly #fits: (name: string) => boolean;
	readonly #processes = new ProcessScan();

	constructor(choice: NamespaceChoice) {
		this.#choice = choice;
		const patterns = choice.patterns.map(shellPattern);
		this.#fits = choice.all ? () => true : (name) => patterns.some((fits) => fits(name));
	}

	/** Whether there may be more than are found: processes of others hide theirs. */
	get hidesSome(): boolean {
		return this.#processes.hidden;
	}

	/** @param now milliseconds on a clock that never goes back */
	find(now: number): FoundNamespace[] {
		const own = statSync(ownPath);
		const found: FoundNamespace[] = [];
		const add = (name: string | undefined, path: string) => {
			const stats = statSync(path, {throwIfNoEntry: false});
			// The file is not on the namespaces' file system until a namespace is mounted over it.
			if (stats?.dev === own.dev) found.push({name, path, identity: `${stats.dev}:${stats.ino}`});
		};
		for (const name of this.#choice.names) attempt(() => add(name, namespacePath(name)));
		for (const folder of nameFolders) {
			for (const name of namesIn(folder)) if (this.#fits(name)) attempt(() => add(name, `${folder}/${name}`));
		}
		if (!this.#choice.all) return found;
		attempt(() => add(undefined, ownPath));
		for (const [link, process] of this.#processes.holders(now)) {
			const inode = /^net:\[(\d+)\]$/.exec(link)?.[1];
			const path = `/proc/${process.pid}/ns/net`;
			if (inode !== undefined) found.push({name: `pid:${process.pid}`, path, identity: `${own.dev}:${inode}`, process});
		}
		return found;
	}
}

/** A namespace that cannot be examined must not affect the others. */
function attempt(look: () => void): void {
	try {
		look();
	} catch {
		// It is gone, or this user may not see it, and could not enter it either.
	}
}

function namesIn(folder: string): string[] {
	try {
		return readdirSync(folder).sort();
	} catch {
		return [];
	}
}
