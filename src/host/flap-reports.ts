import {Flaps, type SubjectLine} from '../diff/flaps.js';
import type {ChangeBody, FlapBody} from '../model/event.js';
import type {Clock} from '../time/clock.js';

/** Each subject is reported at most this often. */
const reportMs = 1000;
/** If no look has followed the last one for this long, none is running. */
const calmMs = 250;

interface FlapReportsPorts {
	readonly clock: Clock;
	/** Whether changes of a look have not been passed on yet. */
	readonly busy: () => boolean;
	readonly report: (body: FlapBody) => void;
}

/** Reports flaps once a second, as far as looks have shown which lines led to no change. */
export class FlapReports {
	readonly #flaps = new Flaps();
	readonly #ports: FlapReportsPorts;
	#lastLookAt = Number.NEGATIVE_INFINITY;
	#lookBeforeAt = Number.NEGATIVE_INFINITY;
	#cancel: (() => void) | undefined;

	constructor(ports: FlapReportsPorts) {
		this.#ports = ports;
	}

	looked(now: number): void {
		this.#lookBeforeAt = this.#lastLookAt;
		this.#lastLookAt = now;
	}

	note(line: SubjectLine, now: number): void {
		this.#flaps.note(line, now);
	}

	/** A look showed a change, so its line led to something. */
	changed(body: ChangeBody, now: number): void {
		this.#flaps.changed(body, now);
	}

	/** Call it after lines and changes. */
	expect(): void {
		if (!this.#flaps.pending || this.#cancel !== undefined) return;
		this.#cancel = this.#ports.clock.after(reportMs, () => {
			this.#cancel = undefined;
			if (!this.#ports.busy()) this.#report(this.#ports.clock.now());
			this.expect();
		});
	}

	stop(): void {
		this.#cancel?.();
		this.#cancel = undefined;
	}

	#report(now: number): void {
		const settledBefore = now - this.#lastLookAt >= calmMs ? this.#lastLookAt : this.#lookBeforeAt;
		for (const body of this.#flaps.report(now, settledBefore)) this.#ports.report(body);
	}
}
