import {type Log, silentLog} from '../model/log.js';

/**
 * `death-signal`: setpriv cannot request it (util-linux before 2.33, busybox), or the kernel has cleared it because the program has file
 * capabilities or set-id bits (prctl(2), PR_SET_PDEATHSIG).
 * `nexthop-group`: the kernel (before 5.3) or `ip` does not know it.
 */
export type Lack = 'death-signal' | 'nexthop-group';

const messages: Readonly<Record<Lack, string>> = {
	'death-signal': 'no death signal for children, a pipe ends them with netmon',
	'nexthop-group': 'no events of nexthop objects, the monitor runs without them',
};

/** What this machine lacks. Learned from failed starts, kept while netmon runs, logged once. */
export class Lacks {
	readonly #log: Pick<Log, 'warn'>;
	readonly #reasons = new Map<Lack, string>();

	constructor(log: Pick<Log, 'warn'> = silentLog) {
		this.#log = log;
	}

	has(lack: Lack): boolean {
		return this.#reasons.has(lack);
	}

	/** Why something is lacking; undefined if it is not. */
	reason(lack: Lack): string | undefined {
		return this.#reasons.get(lack);
	}

	learn(lack: Lack, reason: string): void {
		if (this.#reasons.has(lack)) return;
		this.#reasons.set(lack, reason);
		this.#log.warn({reason}, messages[lack]);
	}
}
