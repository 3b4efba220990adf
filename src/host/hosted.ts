import PQueue from 'p-queue';
import {faultFields, messageOf} from '../model/errors.js';
import type {Log} from '../model/log.js';
import {backoffDelay} from '../time/backoff-delay.js';
import type {Clock} from '../time/clock.js';
import {endedOrLate} from '../time/ended-or-late.js';
import type {FoundNamespace} from './found-namespace.js';
import {keyOf, rosterChanges} from './roster.js';

/** The most watches to start at once. A start needs mostly processor time, and more at once would delay each of them. */
const mostStarts = 8;
/** A start that takes longer than this does not hold up the next ones. */
const slowStartMs = 500;
const retryLimits = {baseMs: 1000, capMs: 60_000};

/** The watch of one namespace. */
export interface HostedWatch {
	/** Resolves when it has the first picture; rejects if there is none. */
	start(): Promise<void>;
	stop(what: 'gone' | 'replaced' | 'failed' | 'ending'): Promise<void>;
}

export interface HostPorts {
	/** Throws if the namespaces cannot be found: then the current watches go on. */
	find(now: number): readonly FoundNamespace[];
	/** @param onFailed called if the watch cannot go on */
	open(namespace: FoundNamespace, onFailed: (error: unknown) => void): HostedWatch;
	/** A namespace came or went. Called before its watch starts, and after it has stopped. */
	onNamespace(namespace: FoundNamespace, what: 'found' | 'gone' | 'replaced'): void;
	readonly clock: Clock;
	readonly log: Log;
}

interface Entry {
	readonly namespace: FoundNamespace;
	watch: HostedWatch | undefined;
	attempts: number;
	cancelRetry: (() => void) | undefined;
	removed: boolean;
}

/**
 * Keeps one watch for each existing namespace. They share nothing here: a watch that cannot start is retried, and no other watch waits
 * for it.
 */
export class Host {
	readonly #ports: HostPorts;
	readonly #entries = new Map<string, Entry>();
	readonly #starts = new PQueue({concurrency: mostStarts});
	/** The end of an earlier watch with the same name. */
	readonly #endings = new Map<string, Promise<void>>();
	/** Entries of the first look whose first start has not ended yet. */
	readonly #unsettled = new Set<Entry>();
	#onSettled: () => void = () => undefined;
	#looked = false;
	#findFailed = false;
	#stopped = false;

	constructor(ports: HostPorts) {
		this.#ports = ports;
	}

	/** How many namespaces are watched. */
	get size(): number {
		return this.#entries.size;
	}

	/** Finds out which namespaces exist, and starts and stops watches. */
	look(): void {
		if (this.#stopped) return;
		const found = this.#find();
		if (found === undefined) return;
		const {stop, start} = rosterChanges(
			[...this.#entries.values()].map(({namespace}) => namespace),
			found,
		);
		for (const {namespace, what} of stop) this.#remove(keyOf(namespace), what);
		for (const namespace of start) this.#add(namespace);
		this.#looked = true;
	}

	/** Resolves when each namespace of the first look has its first picture, has failed once or is gone, or after the limit. */
	started(limitMs: number): Promise<void> {
		return new Promise((resolve) => {
			this.#ports.clock.after(limitMs, resolve);
			this.#onSettled = resolve;
			if (this.#unsettled.size === 0) resolve();
		});
	}

	/** Resolves when all have stopped. */
	async stop(): Promise<void> {
		this.#stopped = true;
		this.#starts.clear();
		for (const key of [...this.#entries.keys()]) this.#remove(key, 'ending');
		await Promise.all(this.#endings.values());
	}

	#find(): readonly FoundNamespace[] | undefined {
		try {
			const found = this.#ports.find(this.#ports.clock.now());
			this.#findFailed = false;
			return found;
		} catch (error) {
			const {log} = this.#ports;
			log[this.#findFailed ? 'debug' : 'warn']({reason: messageOf(error)}, 'cannot look for namespaces, the current watches go on');
			this.#findFailed = true;
			return undefined;
		}
	}

	#add(namespace: FoundNamespace): void {
		const entry: Entry = {namespace, watch: undefined, attempts: 0, cancelRetry: undefined, removed: false};
		this.#entries.set(keyOf(namespace), entry);
		if (!this.#looked) this.#unsettled.add(entry);
		const ended = this.#endings.get(keyOf(namespace)) ?? Promise.resolve();
		void ended.then(() => {
			if (entry.removed) return;
			this.#ports.onNamespace(namespace, 'found');
			this.#queueStart(entry);
		});
	}

	#queueStart(entry: Entry): void {
		if (entry.removed) return;
		void this.#starts.add(() => endedOrLate(this.#start(entry), slowStartMs, this.#ports.clock));
	}

	async #start(entry: Entry): Promise<void> {
		if (entry.removed) return;
		try {
			const watch = this.#ports.open(entry.namespace, (error) => {
				if (entry.watch === watch) void this.#fail(entry, error);
			});
			entry.watch = watch;
			await watch.start();
			entry.attempts = 0;
		} catch (error) {
			await this.#fail(entry, error);
		}
		this.#settle(entry);
	}

	#settle(entry: Entry): void {
		if (this.#unsettled.delete(entry) && this.#unsettled.size === 0) this.#onSettled();
	}

	async #fail(entry: Entry, error: unknown): Promise<void> {
		const {watch} = entry;
		entry.watch = undefined;
		await this.#stopWatch(watch, 'failed');
		// It may have disappeared before it could be entered.
		this.look();
		if (entry.removed) return;
		const {clock, log} = this.#ports;
		entry.attempts += 1;
		const retryInMs = Math.round(backoffDelay(entry.attempts, retryLimits, clock));
		const {name, path} = entry.namespace;
		log[entry.attempts === 1 ? 'warn' : 'debug'](
			{netns: name ?? path, reason: messageOf(error), retryInMs},
			'cannot watch a namespace, the others go on',
		);
		entry.cancelRetry = clock.after(retryInMs, () => this.#queueStart(entry));
	}

	#remove(key: string, what: 'gone' | 'replaced' | 'ending'): void {
		const entry = this.#entries.get(key);
		if (entry === undefined) return;
		entry.removed = true;
		this.#settle(entry);
		entry.cancelRetry?.();
		this.#entries.delete(key);
		const before = this.#endings.get(key) ?? Promise.resolve();
		const ending = before
			.then(() => this.#stopWatch(entry.watch, what))
			.then(() => {
				if (what !== 'ending') this.#ports.onNamespace(entry.namespace, what);
				if (this.#endings.get(key) === ending) this.#endings.delete(key);
			});
		this.#endings.set(key, ending);
	}

	async #stopWatch(watch: HostedWatch | undefined, what: 'gone' | 'replaced' | 'failed' | 'ending'): Promise<void> {
		try {
			await watch?.stop(what);
		} catch (error) {
			this.#ports.log.error(faultFields(error), 'internal error');
		}
	}
}
