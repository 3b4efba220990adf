import type {AnnouncedRecord} from '../../src/model/announced.js';

/** The consumer of docs/rules.md, according to kata-runtime's source. */
export class Consumer {
	readonly endpoints: AnnouncedRecord[];

	/** @param attached what the runtime attached itself before netmon started */
	constructor(attached: readonly AnnouncedRecord[]) {
		this.endpoints = [...attached];
	}

	/** Always attaches one more: it does not check whether it already has that interface. */
	add(record: AnnouncedRecord): void {
		this.endpoints.push(record);
	}

	/** Detaches the first one with that hardware address, and checks nothing else. Succeeds if there is none. */
	del(record: AnnouncedRecord): AnnouncedRecord | undefined {
		const at = this.endpoints.findIndex(({hwaddr}) => hwaddr === record.hwaddr);
		return at < 0 ? undefined : this.endpoints.splice(at, 1)[0];
	}

	get names(): string[] {
		return this.endpoints.map(({name}) => name);
	}
}
