import type {Announced, AnnouncedInterface} from '../../src/model/announced.js';
import type {Address} from '../../src/model/link.js';
import type {OnChange, Rules} from '../../src/model/rules.js';
import type {Kernel, KernelLink} from './kernel.js';
import {listAtStart, routeFaults} from './route-truth.js';
import type {Endpoint, SimulatedSandbox} from './simulated-consumer.js';

/** What has been true about a link in its life. It may decide which endings are right. */
interface LinkFacts {
	readonly attributes: Set<string>;
	readonly hwaddrs: Set<string>;
	/** At some moment, rule 2 of docs/rules.md required its announcement, or rule 1 took it as announced. */
	mayBeAnnounced: boolean;
	/** Rule 2: it waits for its first address without a limit. */
	sinceStart: boolean;
	everRuntimesOwn: boolean;
}

/** How exact the final picture has to be. */
export interface Strictness {
	/** No event was lost and netmon always ran: nothing was hidden from it. */
	readonly sawEverything: boolean;
	/** Losses were noticed. If nothing shows them, a new link may look like a change of the earlier one. */
	readonly lossesShow: boolean;
	/** Some dumps lacked entries: a record may hold addresses of different moments. */
	readonly sawInterrupted: boolean;
	/** Calls failed, or their outcome is unknown. */
	readonly callsFailed: boolean;
}

/** A small oracle, made from the rules of docs/rules.md and independent of src/diff. */
export class Truth {
	readonly #kernel: Kernel;
	readonly #rules: Rules;
	readonly #facts = new Map<number, LinkFacts>();
	/** How netmon identifies links if it has not seen everything: index, kind and hardware address. */
	readonly #lookalikes = new Map<string, Set<LinkFacts>>();
	/** Number of changes. */
	changes = 0;
	/** The most links that ever had one hardware address. */
	readonly #sharers = new Map<string, Set<number>>();

	/** Hardware addresses of links that could not be attached again. */
	readonly #stuck = new Set<string>();

	constructor(kernel: Kernel, rules: Rules) {
		this.#kernel = kernel;
		this.#rules = rules;
		kernel.onLink = (link) => this.#note(link);
	}

	/** The runtime attaches what has an address and sends the routes; then netmon takes its first picture (rule 1). */
	begin(consumer: SimulatedSandbox): void {
		for (const link of this.#kernel.links.values()) {
			const facts = this.#factsOf(link);
			facts.sinceStart = true;
			facts.mayBeAnnounced = !this.#isExempt(link) && link.addresses.length > 0;
			if (facts.mayBeAnnounced) consumer.endpoints.push(this.#endpointOf(link));
		}
		consumer.routes = listAtStart(this.#kernel, this.#rules);
	}

	/** The most links that one `del-iface` can affect. */
	get mostSharers(): number {
		return Math.max(1, ...[...this.#sharers.values()].map(({size}) => size));
	}

	/** Everything that is wrong with the final picture. */
	findFaults(consumer: SimulatedSandbox, announced: Announced, strictness: Strictness): string[] {
		const faults: string[] = [];
		const refused = (entry: AnnouncedInterface) => entry.standing !== 'told' && consumer.refusedKinds.has(entry.record.linkType);
		const told = announced.interfaces.filter((entry) => !refused(entry));
		const seen = new Set<number>();
		const held = told.filter((entry) => this.#isHeld(entry, told));
		// An interface whose new name is kept by one that stays, stays as it is.
		for (let found = true; found; ) {
			const next = told.find((entry) => !held.includes(entry) && this.#nameIsKept(entry, held));
			found = next !== undefined;
			if (next !== undefined) held.push(next);
		}
		for (const entry of told) {
			if (held.includes(entry)) continue;
			const name = `${entry.ifindex} ${entry.record.name} (${entry.record.hwaddr})`;
			if (entry.standing !== 'told') faults.push(`${name} is ${entry.standing}`);
			if (seen.has(entry.ifindex)) faults.push(`${name} is announced twice`);
			seen.add(entry.ifindex);
			const link = this.#kernel.links.get(entry.ifindex);
			if (link === undefined) faults.push(`${name} is announced and gone`);
			else faults.push(...this.#entryFaults(link, entry, strictness).map((fault) => `${name}: ${fault}`));
		}
		for (const link of this.#kernel.links.values()) {
			const known = announced.interfaces.some(({ifindex}) => ifindex === link.ifindex);
			// What stays attached keeps its name.
			const nameIsFree = !held.some(({record}) => record.name === link.ifname);
			if (this.#mustBeAnnounced(link, strictness) && !known && nameIsFree) faults.push(`${link.ifindex} ${link.ifname} is not announced`);
		}
		// What failed calls left is not settled if a delete could detach for ever what cannot be attached again.
		const unsettled = [...this.#sharers].filter(([hwaddr, uids]) => uids.size > 1 && this.#stuck.has(hwaddr)).map(([hwaddr]) => hwaddr);
		const stuck = new Set([...held.map(({record}) => record.hwaddr), ...(strictness.callsFailed ? unsettled : [])]);
		const counted = (hwaddrs: readonly string[]) => [...hwaddrs.filter((each) => !stuck.has(each)), ...stuck].sort();
		const guestHas = counted(consumer.endpoints.map(({HwAddr}) => HwAddr));
		const guestShould = counted(told.map(({record}) => record.hwaddr));
		if (guestHas.join() !== guestShould.join()) faults.push(`the guest has [${guestHas}], and should have [${guestShould}]`);
		const entries = new Map(told.filter(({standing}) => standing === 'told').map((entry) => [entry.ifindex, entry]));
		faults.push(...routeFaults(this.#kernel, consumer, this.#rules, (link) => entries.get(link.ifindex)?.record.name));
		return faults;
	}

	#nameIsKept(entry: AnnouncedInterface, held: readonly AnnouncedInterface[]): boolean {
		const name = this.#kernel.links.get(entry.ifindex)?.ifname;
		return held.some(({record}) => record.name === name);
	}

	/** Rule 8: an interface with the same hardware address remains, and could not be attached again. */
	#isHeld(entry: AnnouncedInterface, told: readonly AnnouncedInterface[]): boolean {
		const {hwaddr} = entry.record;
		const sharers = told.filter(({record}) => record.hwaddr === hwaddr);
		const remains = ({ifindex}: AnnouncedInterface) => this.#kernel.links.get(ifindex) !== undefined;
		const isStuck = (other: AnnouncedInterface) => !['veth', 'tap'].includes(other.record.linkType) && remains(other);
		return hwaddr !== '' && sharers.length > 1 && sharers.some(isStuck);
	}

	#note(link: KernelLink): void {
		this.changes += 1;
		if (this.#kernel.links.get(link.ifindex) !== link) return;
		const facts = this.#factsOf(link);
		facts.attributes.add(attributesOf(link));
		facts.hwaddrs.add(link.hwaddr);
		const lookalikes = this.#lookalikes.get(lookOf(link)) ?? new Set();
		this.#lookalikes.set(lookOf(link), lookalikes.add(facts));
		if (isRuntimesOwn(link)) facts.everRuntimesOwn = true;
		if (this.#isDue(link, facts.sinceStart && !facts.everRuntimesOwn)) facts.mayBeAnnounced = true;
		if (!['veth', 'tap'].includes(link.kind)) this.#stuck.add(link.hwaddr);
		const sharers = this.#sharers.get(link.hwaddr) ?? new Set();
		this.#sharers.set(link.hwaddr, sharers.add(link.uid));
	}

	#factsOf({uid}: KernelLink): LinkFacts {
		const known = this.#facts.get(uid);
		if (known !== undefined) return known;
		const facts = {
			attributes: new Set<string>(),
			hwaddrs: new Set<string>(),
			mayBeAnnounced: false,
			sinceStart: false,
			everRuntimesOwn: false,
		};
		this.#facts.set(uid, facts);
		return facts;
	}

	#isExempt(link: KernelLink): boolean {
		return link.loopback || isRuntimesOwn(link);
	}

	/** Rule 2. */
	#isDue(link: KernelLink, waitsForAddress: boolean): boolean {
		if (this.#isExempt(link) || !link.up || !link.carrier) return false;
		return !waitsForAddress || this.#counting(link).length > 0;
	}

	#mustBeAnnounced(link: KernelLink, {sawEverything}: Strictness): boolean {
		return this.#isDue(
			link,
			this.#anyFacts(link, sawEverything).some(({sinceStart}) => sinceStart),
		);
	}

	/** A link that was made again while netmon did not look, with the same facts, is the same to netmon and to the guest. */
	#anyFacts(link: KernelLink, sawEverything: boolean): LinkFacts[] {
		const own = this.#factsOf(link);
		return sawEverything ? [own] : [own, ...(this.#lookalikes.get(lookOf(link)) ?? [])];
	}

	#entryFaults(link: KernelLink, {record}: AnnouncedInterface, {sawEverything, lossesShow, sawInterrupted}: Strictness): string[] {
		const faults: string[] = [];
		const facts = this.#factsOf(link);
		const current = this.#endpointOf(link);
		const onChange: OnChange = this.#rules.onChange;
		if (this.#isExempt(link)) faults.push('is exempt');
		if (lossesShow && !this.#anyFacts(link, sawEverything).some(({mayBeAnnounced}) => mayBeAnnounced))
			faults.push('was never to be announced');
		if (lossesShow && !facts.hwaddrs.has(record.hwaddr)) faults.push(`has never had that address, but ${[...facts.hwaddrs]}`);
		if (link.kind !== record.linkType) faults.push(`is a ${link.kind}`);
		const attributes = JSON.stringify([record.name, record.mtu, record.hwaddr, record.linkType]);
		if (sawEverything && !facts.attributes.has(attributes)) faults.push(`was never ${attributes}`);
		const addresses = record.addresses.map(({family, address, mask}) => ({Family: family, Address: address, Mask: mask}));
		const same = attributes === attributesOf(link) && JSON.stringify(addresses) === JSON.stringify(current.IPAddresses ?? []);
		// An interrupted dump may leave addresses in another order.
		if (onChange === 'replace' && !same && !sawInterrupted) {
			faults.push(`was announced as ${attributes} ${JSON.stringify(addresses)}, is ${JSON.stringify(current)}`);
		}
		if (onChange === 'first-address' && addresses.length === 0 && current.IPAddresses !== null)
			faults.push('its first address was not told');
		return faults;
	}

	#counting(link: KernelLink): readonly Address[] {
		return link.addresses.filter(({family, local}) => this.#rules.families.includes(family) && !local.startsWith('fe80:'));
	}

	#endpointOf(link: KernelLink): Endpoint {
		const addresses = this.#counting(link).map(({family, local, prefixlen}) => ({
			Family: family === 'inet' ? 2 : 10,
			Address: local,
			Mask: String(prefixlen),
		}));
		const {ifname, hwaddr, mtu, kind} = link;
		return {Name: ifname, HwAddr: hwaddr, Mtu: mtu, LinkType: kind, IPAddresses: addresses.length === 0 ? null : addresses};
	}
}

function lookOf({ifindex, kind, hwaddr}: KernelLink): string {
	return `${ifindex} ${kind} ${hwaddr}`;
}

function isRuntimesOwn({ifname}: KernelLink): boolean {
	return ifname.endsWith('kata');
}

function attributesOf({ifname, mtu, hwaddr, kind}: KernelLink): string {
	return JSON.stringify([ifname, mtu, hwaddr, kind]);
}
