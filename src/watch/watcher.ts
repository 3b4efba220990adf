import {everythingIn} from '../diff/absorb.js';
import {SnapshotError} from '../model/errors.js';
import type {Log} from '../model/log.js';
import type {Delta, LookFacts, Picture} from '../model/picture.js';
import type {MonitorEvent} from '../probe/monitor/monitor-line.js';
import type {Probe} from '../probe/probe.js';
import {backoffDelay} from '../time/backoff-delay.js';
import type {Clock} from '../time/clock.js';
import {Timers} from '../time/timers.js';
import {Drift} from './drift.js';
import {Interrupted} from './interrupted.js';
import {type LinksSeen, startLook} from './look.js';
import {Losses} from './losses.js';
import {type Looking, Observed} from './observed.js';
import {Pace} from './pace.js';
import {Poll} from './poll.js';
import {ReadFailures, retryLimits} from './read-failures.js';
import {Subscription} from './subscription.js';
import {WakeSet} from './wake.js';
import type {WatcherHandlers, WatcherOptions} from './watcher-ports.js';

/** The most looks to wait for, so that no storm holds up a list of routes for ever. */
const mostAwaited = 4;

/** How often to try for the first picture: about three seconds in all. */
const firstLookTries = 6;

/**
 * Keeps the picture of one namespace: monitor lines wake it, looks read what is there, `absorb` takes them in. A lost event delays a
 * change until the next look, and cannot make the picture wrong.
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
	readonly #poll: Poll;
	readonly #failures: ReadFailures;
	readonly #interrupted: Interrupted;
	readonly #observed: Observed;
	readonly #pace: Pace;
	readonly #timers: Timers<'retry'>;
	#state: 'starting' | 'watching' | 'stopped' = 'starting';
	/** Counts looks; also numbers the incarnations of links. */
	#serial: number;
	#looping = false;
	/** Wait for the end of a look. */
	readonly #awaiting: (() => void)[] = [];

	constructor(probe: Probe, clock: Clock, log: Log, options: WatcherOptions, handlers: WatcherHandlers) {
		this.#probe = probe;
		this.#clock = clock;
		this.#log = log;
		this.#options = options;
		this.#handlers = handlers;
		this.#serial = options.firstSerial;
		this.#timers = new Timers(clock);
		this.#pace = new Pace(clock, () => this.#kick());
		this.#losses = new Losses(clock, log, (reason) => this.#lose(reason));
		this.#drift = new Drift(clock, log, (count) => {
			this.#handlers.onMissed(count);
			this.#subscription.renew('it has missed a change');
		});
		this.#subscription = new Subscription(probe, clock, log, {
			onEvents: (events) => this.#ring(events),
			onLoss: (reason) => this.#losses.report(reason),
			onDown: () => {
				if (this.#state === 'watching') this.#poll.schedule();
			},
			onUp: () => this.#lose('the monitor was started again'),
		});
		// Without a monitor, every change counts as missed.
		this.#poll = new Poll(clock, options.pollIntervalMs, this.#subscription, () => this.#lookAtAll(!this.#subscription.up));
		this.#failures = new ReadFailures(clock, log);
		this.#interrupted = new Interrupted(clock, log, () => this.#lookAtAll(false));
		this.#observed = new Observed(clock, this.#wake, () => handlers.announced());
	}

	/**
	 * Subscribes, takes the first picture, and goes on until stop(). Rejects if no picture can be read.
	 *
	 * @param check runs while the first picture is read, and must succeed before it counts
	 */
	async start(check: () => Promise<void> = async () => undefined): Promise<void> {
		const subscribed = this.#subscription.start();
		// Prepare for the first look while the monitor starts.
		this.#probe.prepare(this.#options.families);
		const checked = check();
		// It is awaited later; until then a rejection must not count as unhandled.
		checked.catch(() => undefined);
		await subscribed;
		for (let tries = 1; this.#state === 'starting'; tries += 1) {
			try {
				await this.#firstLook(checked);
				break;
			} catch (error) {
				// If the check fails too, its error says more.
				await checked;
				if (tries === firstLookTries || this.stopped || !(error instanceof SnapshotError && error.passing)) throw error;
				this.#log.warn({reason: error.message, attempt: tries}, 'cannot read the namespace yet');
				await this.#timers.pause('retry', backoffDelay(tries, retryLimits, this.#clock));
			}
		}
		if (this.stopped) return;
		this.#state = 'watching';
		this.#show(everythingIn(this.picture), {cause: 'start', heard: () => true});
		this.#poll.schedule();
		this.#kick();
	}

	stop(): void {
		this.#state = 'stopped';
		this.#timers.cancelAll();
		this.#pace.stop();
		this.#poll.stop();
		this.#interrupted.stop();
		this.#losses.stop();
		this.#drift.stop();
		this.#subscription.stop();
		this.#probe.close();
		this.#lookEnded();
	}

	get stopped(): boolean {
		return this.#state === 'stopped';
	}

	get picture(): Picture {
		return this.#observed.picture;
	}

	get serial(): number {
		return this.#serial;
	}

	get monitorUp(): boolean {
		return this.#subscription.up;
	}

	/** Changes that the poll found and no event reported. */
	get driftCount(): number {
		return this.#drift.count;
	}

	/**
	 * Resolves when the current look, if there is one, has been absorbed, and while lines about links wait, a few more looks: if links are
	 * renamed meanwhile, the names in the routes are those of another moment.
	 */
	async settled(): Promise<void> {
		const isReading = () => this.#state === 'watching' && (this.#looping || (this.#wake.hasLinks && !this.#timers.has('retry')));
		for (let looks = 0; looks < mostAwaited && isReading(); looks += 1) {
			await new Promise<void>((resolve) => this.#awaiting.push(resolve));
		}
	}

	#lookEnded(): void {
		for (const resolve of this.#awaiting.splice(0)) resolve();
	}

	#ring(events: readonly MonitorEvent[]): void {
		const now = this.#clock.now();
		let relevant = 0;
		let ofLinks = false;
		for (const event of events) {
			this.#drift.heard(event);
			if (this.#wake.ring(event, now)) relevant += 1;
			ofLinks ||= event.kind === 'link' || event.kind === 'address';
		}
		this.#handlers.onLines(events);
		if (relevant === 0) return;
		this.#pace.heard(relevant, ofLinks);
		this.#kick();
	}

	#lose(reason: string): void {
		// Before the first picture nothing has been shown, so nothing can be out of date.
		if (this.#state === 'watching') this.#handlers.onLoss(reason);
		this.#lookAtAll(true);
	}

	/** @param discontinuous whether events were missed */
	#lookAtAll(discontinuous: boolean): void {
		this.#wake.ringAll(discontinuous);
		this.#kick();
	}

	#kick(): void {
		if (!this.#looping && this.#mayLook()) void this.#loop();
	}

	#mayLook(): boolean {
		return this.#state === 'watching' && !this.#wake.empty && !this.#timers.has('retry') && !this.#pace.resting;
	}

	async #loop(): Promise<void> {
		this.#looping = true;
		while (this.#mayLook()) {
			const begun = this.#clock.now();
			await this.#look();
			this.#lookEnded();
			const {retryInMs} = this.#failures;
			if (retryInMs !== undefined) this.#timers.set('retry', retryInMs, () => this.#kick());
			if (this.#mayLook()) this.#pace.lookEnded(this.#clock.now() - begun);
		}
		this.#looping = false;
	}

	/** One look: reads what the wake asks for, absorbs it and shows it. Never rejects. */
	async #look(): Promise<void> {
		const looking = this.#beginLook();
		const {wake} = looking;
		const reading = startLook(this.#probe, wake, this.picture.table, this.#options);
		/** What is not absorbed yet, and must be read again if this look fails. */
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
			if (this.stopped) return;
			const ofLinks = this.#observed.takeLinks(links, looking);
			if (links !== undefined) this.#show(ofLinks, looking.facts);
			const routes = await reading.routes();
			if (this.stopped) return;
			const ofRoutes = this.#observed.takeRoutes(routes, looking);
			if (routes !== undefined) this.#show(ofRoutes, looking.facts);
			if (looking.polled) this.#takePoll({links: ofLinks.links, routes: ofRoutes.routes}, links, looking);
			this.#interrupted.looked(links?.complete !== false && routes?.complete !== false);
			this.#failures.succeeded();
		} catch (error) {
			if (this.stopped) return;
			if (!(error instanceof SnapshotError)) {
				this.#handlers.onFault(error);
				return;
			}
			this.#wake.restore(missing);
			this.#failures.failed(error);
		}
	}

	#beginLook(): Looking {
		const wake = this.#wake.take();
		const polled = this.#poll.take();
		this.#pace.lookBegins();
		this.#serial += 1;
		const cause = wake.discontinuous ? 'loss' : polled ? 'poll' : 'event';
		const heard = (subject: number | 'routes') => this.#wake.hasHeard(subject, wake);
		return {wake, polled, facts: {cause, heard}, serial: this.#serial};
	}

	/** Takes the first picture whole: from a part of it, everything else would later look new or gone. */
	async #firstLook(checked: Promise<void>): Promise<void> {
		this.#wake.ringAll(false);
		const {wake} = this.#beginLook();
		const reading = startLook(this.#probe, wake, this.picture.table, this.#options);
		const read = async () => [await reading.links, await reading.routes()] as const;
		const [[links, routes]] = await Promise.all([read(), checked]);
		if (links?.complete !== true) throw new SnapshotError('ip -j -d addr show: every dump was interrupted, no complete snapshot yet');
		if (routes?.complete !== true) throw new SnapshotError('ip -j -d route show: every dump was interrupted, no complete snapshot yet');
		this.#observed.begin(this.#handlers.firstTable(links, this.#clock.now()), routes);
	}

	#show(delta: Delta, facts: LookFacts): void {
		try {
			this.#handlers.onPicture(this.picture, delta, facts);
		} catch (error) {
			// A fault in a listener is not a failed read.
			this.#handlers.onFault(error);
		}
	}

	#takePoll(delta: Delta, links: LinksSeen | undefined, {wake, facts}: Looking): void {
		this.#drift.pollFound(delta, facts.heard);
		const whole = links?.complete === true && !wake.discontinuous;
		if (whole && this.#poll.sound && !this.#drift.suspects) this.#observed.confirm();
	}
}
