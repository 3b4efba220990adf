import type {Held} from '../diff/shared-address.js';
import {identityKey} from '../model/interface-table.js';
import type {Log} from '../model/log.js';
import type {HeldReason} from '../model/reason.js';

const messages: Readonly<Record<HeldReason['code'], string>> = {
	'shared-address-unattachable':
		'interface is not detached: another one with its hardware address would be detached too, and could not be attached again',
	'name-kept': 'interface is not replaced: another one keeps its new name in the guest',
};

/** Warns once about each interface that stays although it should be detached, and says why (docs/rules.md, rule 8). */
export class HeldWarnings {
	readonly #log: Log;
	#said = new Set<string>();

	constructor(log: Log) {
		this.#log = log;
	}

	/** @param held all interfaces that stay now */
	warn(held: readonly Held[]): void {
		const said = new Set<string>();
		for (const {entry, reason} of held) {
			const key = identityKey(entry);
			said.add(key);
			if (this.#said.has(key)) continue;
			const {ifname: sharer, ...facts} = {ifname: undefined, ...reason};
			const fields = {ifindex: entry.ifindex, ifname: entry.record.name, ...facts, ...(sharer === undefined ? {} : {sharer})};
			this.#log.warn(fields, messages[reason.code]);
		}
		this.#said = said;
	}
}
