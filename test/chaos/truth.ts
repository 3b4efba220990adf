import type {Announced, AnnouncedInterface} from '../../src/model/announced.js';
import type {Address} from '../../src/model/link.js';
import type {OnChange, Rules} from '../../src/model/rules.js';
import type {Kernel, KernelHop, KernelLink, KernelRoute} from './kernel.js';
import type {Endpoint, GuestRoute, SimulatedSandbox} from './simulated-consumer.js';

/** What has been true of a link in its life: which endings are right may depend on it. */
interface LinkFacts {
	readonly attributes: Set<string>;
	readonly hwaddrs: Set<string>;
	/** There has been a moment at which docs/rules.md, rule 2, had it announced, or rule 1 took it as announced. */
	mayBeAnnounced: boolean;
	/** Rule 2: it waits for its first address, however long. */
	sinceStart: boolean;
	everRuntimesOwn: boolean;
}

/** How exact the final picture has to be. */
export interface Strictness {
	/** No event was lost and netmon was never away: nothing was hidden from it. */
	readonly sawEverything: boolean;
	/** Losses were noticed; where nothing shows them, a new link may pass for a change of the one before. */
	readonly lossesShow: boolean;
	/** Some dumps lacked entries: a record may hold addresses of different moments. */
	readonly sawInterrupted: boolean;
}

/** A small oracle, made from the rules of docs/rules.md and independent of src/diff. */
export class Truth {
	readonly #kernel: Kernel;
	readonly #rules: Rules;
	readonly #facts = new Map<number, LinkFacts>();
	/** By what netmon can tell links apart when it has not seen all: index, kind and hardware address. */
	readonly #lookalikes = new Map<string, Set<LinkFacts>>();
	/** How often something changed. */
	changes = 0;
	/** Most links that ever had one hardware address. */
	readonly #sharers = new Map<string, Set<number>>();

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
		consumer.routes = this.#routesToSend((link) => (this.#factsOf(link).mayBeAnnounced ? link.ifname : undefined));
	}

	/** How many links can at most be concerned by one `del-iface`. */
	get mostSharers(): number {
		return Math.max(1, ...[...this.#sharers.values()].map(({size}) => size));
	}

	/** What is wrong with the final picture. */
	findFaults(consumer: SimulatedSandbox, announced: Announced, strictness: Strictness): string[] {
		const faults: string[] = [];
		const refused = (entry: AnnouncedInterface) => entry.standing !== 'told' && consumer.refusedKinds.has(entry.record.linkType);
		const told = announced.interfaces.filter((entry) => !refused(entry));
		const seen = new Set<number>();
		for (const entry of told) {
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
			if (this.#mustBeAnnounced(link, strictness) && !known) faults.push(`${link.ifindex} ${link.ifname} is not announced`);
		}
		const guestHas = consumer.endpoints.map(({HwAddr}) => HwAddr).sort();
		const guestShould = told.map(({record}) => record.hwaddr).sort();
		if (guestHas.join() !== guestShould.join()) faults.push(`the guest has [${guestHas}], and should have [${guestShould}]`);
		const entries = new Map(told.filter(({standing}) => standing === 'told').map((entry) => [entry.ifindex, entry]));
		const routes = JSON.stringify(this.#routesToSend((link) => entries.get(link.ifindex)?.record.name));
		if (JSON.stringify(consumer.routes) !== routes) faults.push(`routes are ${JSON.stringify(consumer.routes)}, should be ${routes}`);
		return faults;
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

	/** Made again alike while netmon did not look, a link is the same to it, and to the guest. */
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

	/** Rule 6. */
	#routesToSend(guestName: (link: KernelLink) => string | undefined): GuestRoute[] {
		const routes: GuestRoute[] = [];
		const destinations = new Set<string>();
		const nameOf = ({ifindex}: KernelHop) => {
			const link = this.#kernel.links.get(ifindex);
			return link === undefined || link.loopback ? link?.ifname : guestName(link);
		};
		for (const family of this.#rules.families) {
			for (const route of this.#kernel.routes) {
				if (route.family !== family || route.table !== 'main' || route.type !== 'unicast') continue;
				if (route.protocol === 'kernel' && !this.#rules.kernelRoutes) continue;
				if (family === 'inet6' && route.dst.startsWith('fe80:')) continue;
				const hops = route.hops.filter((hop) => nameOf(hop) !== undefined).sort((a, b) => b.weight - a.weight);
				const [hop] = hops;
				if (hop === undefined || destinations.has(`${family} ${route.dst}`)) continue;
				destinations.add(`${family} ${route.dst}`);
				routes.push({
					Dest: destOf(route),
					Gateway: hop.gateway ?? '',
					Device: nameOf(hop) ?? '',
					Source: route.prefsrc ?? '',
					Scope: 0,
				});
			}
		}
		return routes;
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

function destOf({dst, family}: KernelRoute): string {
	if (dst === 'default') return '';
	return dst.includes('/') ? dst : `${dst}/${family === 'inet' ? 32 : 128}`;
}
