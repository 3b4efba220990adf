import type {Log} from '../model/log.js';
import {backoffDelay} from '../time/backoff-delay.js';
import type {Clock} from '../time/clock.js';
import {endedOrLate} from '../time/ended-or-late.js';
import type {SendNotice} from './systemd-notify.js';

/** Fields of sd_notify(3). */
const names = ['READY', 'STATUS', 'WATCHDOG', 'STOPPING'] as const;
type Field = (typeof names)[number];

/** Well below any watchdog: one failed ping must not end a living netmon. */
const retryLimits = {baseMs: 500, capMs: 10_000};

/**
 * Sends messages to the service manager, one at a time. Fields that come meanwhile go together in the next message, each with its newest
 * value. A message that could not be sent is sent again. Nobody waits for that, and it is logged once.
 */
export class Notifier {
	readonly #send: SendNotice;
	readonly #clock: Clock;
	readonly #log: Pick<Log, 'warn'>;
	#waiting = new Map<Field, string>();
	#sending: Promise<void> | undefined;
	#failures = 0;
	#said = false;
	#cancelRetry: () => void = () => undefined;

	constructor(send: SendNotice, clock: Clock, log: Pick<Log, 'warn'>) {
		this.#send = send;
		this.#clock = clock;
		this.#log = log;
	}

	tell(fields: Readonly<Partial<Record<Field, string>>>): void {
		for (const name of names) {
			const value = fields[name];
			if (value !== undefined) this.#waiting.set(name, value);
		}
		this.#start();
	}

	/** Resolves when all has been sent, when it cannot be sent, or after the limit. Nothing is sent after that. */
	async close(limitMs: number): Promise<void> {
		await endedOrLate(this.#allSent(), limitMs, this.#clock);
		this.#waiting.clear();
		this.#cancelRetry();
	}

	async #allSent(): Promise<void> {
		while (this.#sending !== undefined) await this.#sending;
	}

	#start(): void {
		if (this.#sending !== undefined || this.#waiting.size === 0) return;
		this.#cancelRetry();
		const fields = this.#waiting;
		this.#waiting = new Map();
		this.#sending = this.#send([...fields].map(([name, value]) => `${name}=${value}`)).then((reason) => {
			this.#sending = undefined;
			if (reason === undefined) {
				this.#failures = 0;
				this.#start();
			} else this.#retryLater(fields, reason);
		});
	}

	#retryLater(fields: ReadonlyMap<Field, string>, reason: string): void {
		this.#waiting = new Map([...fields, ...this.#waiting]);
		this.#failures += 1;
		if (!this.#said) this.#log.warn({reason}, 'systemd cannot be told how netmon is');
		this.#said = true;
		this.#cancelRetry = this.#clock.after(backoffDelay(this.#failures, retryLimits, this.#clock), () => this.#start());
	}
}
