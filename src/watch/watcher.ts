import {absorb, everythingIn} from '../diff/absorb.js';
import {confirmLinks} from '../diff/first-table.js';
import {SnapshotError} from '../model/errors.js';
import type {InterfaceTable} from '../model/interface-table.js';
import type {Log} from '../model/log.js';
import type {Delta, LookFacts, Picture} from '../model/picture.js';
import type {MonitorEvent} from '../probe/monitor/monitor-line.js';
import type {Probe} from '../probe/probe.js';
import {SpawnError} from '../process/spawn-error.js';
import {StartFailures} from '../process/start-failures.js';
import {backoffDelay} from '../time/backoff-delay.js';
import {type Clock, jittered} from '../time/clock.js';
import {Timers} from '../time/timers.js';
import {afterLinks, namesUnknownLink} from './after-look.js';
import {Drift} from './drift.js';
import {type LinksSeen, type LookOptions, type RoutesSeen, startLook} from './look.js';
import {Losses} from './losses.js';
import {restAfter} from './rest.js';
import {Subscription} from './subscription.js';
import {type Wake, WakeSet} from './wake.js';

export interface WatcherOptions extends LookOptions {
	/** Between two full reads, give or take a quarter. */
	readonly pollIntervalMs: number;
	/** Number from which looks are counted: above all of an earlier run whose state goes on. */
	readonly firstSerial: number;
}

/** What the first look has seen of the links. */
export type FirstLinks = Pick<LinksSeen, 'seen' | 'unread'>;

export interface WatcherHandlers {
	/** The picture after a look, and what the look has changed in it. The first call has the whole picture of the start. */
	onPicture(picture: Picture, delta: Delta, look: LookFacts): void;
	/** Lines of the monitor, before the look that they lead to. */
	onLines(lines: readonly MonitorEvent[]): void;
	/** Events may have been lost; everything is read again. */
	onLoss(reason: string): void;
	/** The poll found so many changes that no event had reported. */
	onMissed(count: number): void;
	/** Hardware addresses under which the guest knows the links that it has, by identity. */
	announced(): ReadonlyMap<string, string>;
	/** The interface table of the first look. */
	firstTable(seen: FirstLinks, now: number): InterfaceTable;
	/** A fault of netmon's own. */
	onFault(error: unknown): void;
}

/** While there is no monitor, the poll is all there is. */
const pollWithoutMonitorMs = 1000;
const retryLimits = {baseMs: 100, capMs: 5000};
/** The first picture is tried for this often: about three seconds. */
const firstLookTries = 6;

/** What one look is about. */
interface Looking {
	readonly wake: Wake;
	/** Whether the poll has asked for it, and a monitor would have reported what it finds. */
	readonly polled: boolean;
	readonly facts: LookFacts;
}

/**
 * Keeps the picture of one namespace: monitor lines wake it, looks read what is there, `absorb` takes them in. A lost event
 * delays what is seen until the next look, and cannot make it wrong.
 */
export class Watcher {
	readonly #probe: Probe;
	readonly #clock: Clock;
	readonly #log: Log;
	readonly #options: WatcherOptions;
	readonly #handlers: WatcherHandlers;
	/** What the next look has to read. */
	readonly #wake = new WakeSet();
	readonly #subscription: Subscription;
	readonly #drift: Drift;
	readonly #losses: Losses;
	readonly #timers: Timers<'poll' | 'retry' | 'incomplete' | 'rest'>;
	#state: 'starting' | 'watching' | 'stopped' = 'starting';
	#picture: Picture = {table: new Map(), routes: new Map()};
	/** Counts looks; also numbers the incarnations of links. */
	#serial: number;
	#looping = false;
	#currentLook: Promise<unknown> | undefined;
	/** Reads that failed in a row. */
	#failures = 0;
	/** Looks in a row with a dump that was interrupted. */
	#interrupted = 0;
	readonly #startFailures = new StartFailures();
	#eventsDuringLook = 0;
	#pollDue = false;
	/** At the last poll nothing showed that the monitor misses events. */
	#sound = false;

	constructor(probe: Probe, clock: Clock, log: Log, options: WatcherOptions, handlers: WatcherHandlers) {
		this.#probe = probe;
		this.#clock = clock;
		this.#log = log;
		this.#options = options;
		this.#handlers = handlers;
		this.#serial = options.firstSerial;
		this.#timers = new Timers(clock);
		this.#losses = new Losses(clock, log, (reason) => this.#lose(reason));
		this.#drift = new Drift(clock, log, (count) => {
			this.#handlers.onMissed(count);
			this.#subscription.renew('it has missed a change');
		});
		this.#subscription = new Subscription(probe, clock, log, {
			onEvents: (events) => this.#ring(events),
			onLoss: (reason) => this.#losses.report(reason),
			onDown: () => {
				if (this.#state === 'watching') this.#schedulePoll();
			},
			onUp: () => this.#lose('the monitor was started again'),
		});
	}

	/** Subscribes, takes the first picture, and goes on until stop(). Rejects where no picture can be read. */
	async start(check?: () => Promise<void>): Promise<void> {
		const subscribed = this.#subscription.start();
		// While the monitor starts, so does what the first look will need.
		this.#probe.prepare(this.#options.families);
		await Promise.all([subscribed, check?.()]);
		for (let tries = 1; this.#state === 'starting'; tries += 1) {
			try {
				await this.#firstLook();
				break;
			} catch (error) {
				if (tries === firstLookTries || this.stopped || !(error instanceof SnapshotError)) throw error;
				this.#log.warn({reason: error.message, attempt: tries}, 'cannot read the namespace yet');
				await this.#timers.pause('rest', backoffDelay(tries, retryLimits, this.#clock));
			}
		}
		if (this.stopped) return;
		this.#state = 'watching';
		this.#show(everythingIn(this.#picture), {cause: 'start', heard: () => true});
		this.#schedulePoll();
		this.#kick();
	}

	stop(): void {
		this.#state = 'stopped';
		this.#timers.cancelAll();
		this.#losses.stop();
		this.#drift.stop();
		this.#subscription.stop();
		this.#probe.close();
	}

	get stopped(): boolean {
		return this.#state === 'stopped';
	}

	get picture(): Picture {
		return this.#picture;
	}

	get serial(): number {
		return this.#serial;
	}

	get monitorUp(): boolean {
		return this.#subscription.up;
	}

	/** Changes that the poll has found and no event had reported. */
	get driftCount(): number {
		return this.#drift.count;
	}

	/** Resolves when the look that runs now, if one does, has been absorbed. */
	async settled(): Promise<void> {
		await this.#currentLook;
	}

	#ring(events: readonly MonitorEvent[]): void {
		const now = this.#clock.now();
		this.#eventsDuringLook += events.length;
		let relevant = false;
		for (const event of events) {
			this.#drift.heard(event);
			if (this.#wake.ring(event, now)) relevant = true;
		}
		this.#handlers.onLines(events);
		if (relevant) this.#kick();
	}

	#lose(reason: string): void {
		this.#handlers.onLoss(reason);
		this.#lookAtAll(true);
	}

	/** @param discontinuous events were missed */
	#lookAtAll(discontinuous: boolean): void {
		this.#wake.ringAll(discontinuous);
		this.#kick();
	}

	#schedulePoll(): void {
		const {pollIntervalMs} = this.#options;
		const interval = this.#subscription.up ? pollIntervalMs : Math.min(pollIntervalMs, pollWithoutMonitorMs);
		this.#timers.set('poll', jittered(interval, this.#clock), () => {
			this.#sound = this.#subscription.check();
			this.#pollDue = true;
			// Without a monitor every change is one whose event was missed.
			this.#lookAtAll(!this.#subscription.up);
			this.#schedulePoll();
		});
	}

	#kick(): void {
		if (!this.#looping && this.#mayLook()) void this.#loop();
	}

	#mayLook(): boolean {
		return this.#state === 'watching' && !this.#wake.empty && !this.#timers.has('retry');
	}

	async #loop(): Promise<void> {
		this.#looping = true;
		while (this.#mayLook()) {
			const begun = this.#clock.now();
			this.#currentLook = this.#look();
			await this.#currentLook;
			this.#currentLook = undefined;
			if (this.#failures > 0) this.#timers.set('retry', backoffDelay(this.#failures, retryLimits, this.#clock), () => this.#kick());
			const rest = restAfter(this.#clock.now() - begun, this.#eventsDuringLook);
			if (this.#mayLook() && rest > 0) await this.#timers.pause('rest', rest);
		}
		this.#looping = false;
	}

	/** One look: reads what the wake asks for, absorbs it and shows it. Never rejects. */
	async #look(): Promise<void> {
		const looking = this.#beginLook();
		const {wake} = looking;
		const reading = startLook(this.#probe, wake, this.#picture.table, this.#options);
		/** What has not been absorbed yet, and is read again should this look fail. */
		let missing = wake;
		try {
			const links = await reading.links;
			missing = {
				...wake,
				all: links?.complete === false,
				routes: wake.all || wake.routes,
				links: new Map(),
				reborn: new Set(),
				discontinuous: false,
			};
			const ofLinks = this.#absorbLinks(links, looking);
			const routes = this.stopped ? undefined : await reading.routes();
			const ofRoutes = this.#absorbRoutes(routes, looking);
			if (looking.polled) this.#takePoll({links: ofLinks.links, routes: ofRoutes.routes}, links, looking);
			this.#retryInterrupted(links?.complete !== false && routes?.complete !== false);
			this.#failures = 0;
			this.#startFailures.clear();
		} catch (error) {
			if (this.stopped) return;
			if (!(error instanceof SnapshotError)) {
				this.#handlers.onFault(error);
				return;
			}
			this.#wake.restore(missing);
			this.#failures += 1;
			const level = this.#startFailures.levelOf(error.cause instanceof SpawnError);
			this.#log[level]({reason: error.message, attempt: this.#failures}, 'cannot read the namespace, keeping the last snapshot');
		}
	}

	#beginLook(): Looking {
		const wake = this.#wake.take();
		const polled = this.#pollDue && this.#subscription.up;
		this.#pollDue = false;
		this.#eventsDuringLook = 0;
		this.#serial += 1;
		const cause = wake.discontinuous ? 'loss' : polled ? 'poll' : 'event';
		const heard = (subject: number | 'routes') => this.#wake.hasHeard(subject, wake);
		return {wake, polled, facts: {cause, heard}};
	}

	/** The first picture is taken as a whole: a part of it would make all the rest new, or gone. */
	async #firstLook(): Promise<void> {
		this.#wake.ringAll(false);
		const {wake} = this.#beginLook();
		const reading = startLook(this.#probe, wake, this.#picture.table, this.#options);
		const [links, routes] = [await reading.links, await reading.routes()];
		if (links?.complete !== true) throw new SnapshotError('ip -j -d addr show: interrupted each time, no whole picture yet');
		if (routes?.complete !== true) throw new SnapshotError('ip -j -d route show: interrupted each time, no whole picture yet');
		this.#picture = {table: this.#handlers.firstTable(links, this.#clock.now()), routes: routes.byFamily};
	}

	#absorbLinks(seen: LinksSeen | undefined, {wake, polled, facts}: Looking): Delta {
		if (seen === undefined || this.stopped) return nothing;
		const now = this.#clock.now();
		const announced = seen.discontinuous ? {announced: this.#handlers.announced()} : {};
		const links = {...seen, ...announced, ...(polled ? {heard: facts.heard} : {}), serial: this.#serial};
		const {picture, delta} = absorb(this.#picture, {links}, now);
		const after = afterLinks(delta.links, picture.table, seen, wake);
		for (const ifindex of after.vanished) this.#wake.vanished(ifindex, now);
		this.#wake.leave(after.unseen, seen.discontinuous && !seen.complete);
		if (after.renamedUnheard) this.#wake.ringNames();
		this.#picture = picture;
		this.#show(delta, facts);
		return delta;
	}

	#absorbRoutes(seen: RoutesSeen | undefined, {wake, facts}: Looking): Delta {
		if (seen === undefined || this.stopped) return nothing;
		const {picture, delta} = absorb(this.#picture, {routes: seen}, this.#clock.now());
		this.#picture = picture;
		this.#show(delta, facts);
		if (!wake.all && namesUnknownLink(delta.routes, picture.table)) this.#wake.ringAll(false);
		return delta;
	}

	#show(delta: Delta, facts: LookFacts): void {
		try {
			this.#handlers.onPicture(this.#picture, delta, facts);
		} catch (error) {
			// A fault of a listener's is not one of reading.
			this.#handlers.onFault(error);
		}
	}

	#takePoll(delta: Delta, links: LinksSeen | undefined, {wake, facts}: Looking): void {
		this.#drift.pollFound(delta, facts.heard);
		const confirmed = links?.complete === true && !wake.discontinuous && this.#sound && !this.#drift.suspects;
		if (confirmed) this.#picture = {...this.#picture, table: confirmLinks(this.#picture.table)};
	}

	/** What was interrupted is read again, less and less often while that goes on: it must not starve the rest. */
	#retryInterrupted(complete: boolean): void {
		this.#interrupted = complete ? 0 : this.#interrupted + 1;
		if (complete) return;
		this.#log.debug({attempt: this.#interrupted}, 'a dump was interrupted, nothing is concluded to be gone from it');
		this.#timers.set('incomplete', backoffDelay(this.#interrupted, retryLimits, this.#clock), () => this.#lookAtAll(false));
	}
}

const nothing: Delta = {links: [], routes: new Map()};
