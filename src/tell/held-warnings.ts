import type {Held} from '../diff/shared-address.js';
import {identityKey} from '../model/interface-table.js';
import type {Log} from '../model/log.js';

/** Says once of each interface that stays although it should be detached why it does (docs/rules.md, rule 8). */
export class HeldWarnings {
	readonly #log: Log;
	#said = new Set<string>();

	constructor(log: Log) {
		this.#log = log;
	}

	/** @param held all that stay now */
	warn(held: readonly Held[]): void {
		const said = new Set<string>();
		for (const {entry, reason} of held) {
			const key = identityKey(entry);
			said.add(key);
			if (this.#said.has(key)) continue;
			const {code, hwaddr, ifname: sharer, kind} = reason;
			const fields = {ifindex: entry.ifindex, ifname: entry.record.name, code, hwaddr, sharer, kind};
			this.#log.warn(fields, 'interface is not detached: one with its hardware address would be too, and could not be attached again');
		}
		this.#said = said;
	}
}
