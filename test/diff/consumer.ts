import type {InterfaceRecord} from '../../src/model/announced.js';

/** The consumer of docs/rules.md, as kata-runtime's source has it. */
export class Consumer {
	readonly endpoints: InterfaceRecord[];

	/** @param attached what the runtime has attached itself before netmon starts */
	constructor(attached: readonly InterfaceRecord[]) {
		this.endpoints = [...attached];
	}

	/** Always attaches one more: it never looks whether it has that interface already. */
	add(record: InterfaceRecord): void {
		this.endpoints.push(record);
	}

	/** Detaches the first with that hardware address, by that alone; succeeds when there is none. */
	del(record: InterfaceRecord): InterfaceRecord | undefined {
		const at = this.endpoints.findIndex(({hwaddr}) => hwaddr === record.hwaddr);
		return at < 0 ? undefined : this.endpoints.splice(at, 1)[0];
	}

	get names(): string[] {
		return this.endpoints.map(({name}) => name);
	}
}
