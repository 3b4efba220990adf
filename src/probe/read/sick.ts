import type {Family} from '../../model/link.js';
import {type Log, silentLog} from '../../model/log.js';

/** Something that could not be read, or not in full. */
export interface Trouble {
	readonly ifindex?: number;
	readonly ifname?: string;
	readonly dst?: string;
	readonly reason: string;
	readonly message: string;
}

/** What `ip` cannot print. Warns once about each, and again if it could be read in between. */
export class Sick {
	readonly #log: Log;
	readonly #warned = new Map<'link' | Family, Map<string, Trouble>>();

	constructor(log: Log = silentLog) {
		this.#log = log;
	}

	/** Everything in a dump of all that could not be read. All else could be read. */
	whole(what: 'link' | Family, troubles: readonly Trouble[]): void {
		const before = this.#warned.get(what);
		for (const trouble of troubles) if (!before?.has(keyOf(trouble))) this.#warn(what, trouble);
		this.#warned.set(what, new Map(troubles.map((trouble) => [keyOf(trouble), trouble])));
	}

	/** An answer about one link could not be read, or not in full. */
	link(trouble: Trouble): void {
		const known = this.#warned.get('link') ?? new Map<string, Trouble>();
		if (!known.has(keyOf(trouble))) this.#warn('link', trouble);
		this.#warned.set('link', known.set(keyOf(trouble), trouble));
	}

	/** An answer about one link could be read. */
	well(ifindex: number): void {
		this.#warned.get('link')?.delete(keyOf({ifindex}));
	}

	/** Why the link could not be read in full the last time. */
	reasonOf(ifindex: number): string | undefined {
		return this.#warned.get('link')?.get(keyOf({ifindex}))?.reason;
	}

	#warn(what: 'link' | Family, {message, ...facts}: Trouble): void {
		this.#log.warn(what === 'link' ? facts : {family: what, ...facts}, message);
	}
}

function keyOf({ifindex, ifname, dst}: Pick<Trouble, 'ifindex' | 'ifname' | 'dst'>): string {
	return ifindex === undefined ? `${ifname ?? ''} ${dst ?? ''}` : String(ifindex);
}
