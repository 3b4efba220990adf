import type {OnChange} from '../../src/model/rules.js';
import type {SeenLink, SeenRoute} from './real-namespace.js';
import {listAtStart, routeFaults} from './real-route-truth.js';
import type {Endpoint, Guest, GuestRoute} from './real-runtime.js';

/** The options of a watch that decide what is right. */
export interface RealRules {
	readonly families: readonly ('inet' | 'inet6')[];
	readonly onChange: OnChange;
	/** Whether an interface without an address is announced without one at some time. */
	readonly announcesBare: boolean;
	readonly profile: 'kata-1.13' | 'kata-1.5';
	/** Whether the runtime attaches only veth and tap. */
	readonly refuses: boolean;
	/** Whether several links may have the same hardware address. */
	readonly sharedAddresses: boolean;
}

/** What the kernel has. */
export interface Picture {
	readonly links: readonly SeenLink[];
	readonly routes: readonly SeenRoute[];
}

/**
 * What the guest should have, computed from the rules of docs/rules.md and the kernel's own answers. Links are identified by hardware
 * address, as in the guest. Addresses that one link has had one after the other form one class.
 */
export class RealTruth {
	readonly #rules: RealRules;
	readonly #classes = new Map<string, string>();
	readonly #names = new Map<string, Set<string>>();
	/** Classes that were there at the start. Without an address they may wait for one without a limit. */
	readonly #sinceStart = new Set<string>();
	/** Classes that the guest had when all was quiet: only their end removes them. */
	#firm = new Set<string>();

	constructor(rules: RealRules) {
		this.#rules = rules;
	}

	/** docs/rules.md, rule 1: what the runtime has done itself. */
	begin(picture: Picture): Pick<Guest, 'endpoints' | 'routes'> {
		this.note(picture.links);
		const endpoints: Endpoint[] = [];
		for (const link of picture.links) {
			this.#sinceStart.add(this.#classOf(link.hwaddr));
			if (!isExempt(link) && link.addresses.length > 0) endpoints.push(this.#endpointOf(link));
		}
		return {endpoints, routes: listAtStart(picture, endpoints, this.guestNames(picture.links, endpoints), this.#rules)};
	}

	/** Takes in what is there now. */
	note(links: readonly SeenLink[]): void {
		const there = new Set<string>();
		for (const link of links) {
			const own = this.#classOf(link.hwaddr);
			const names = this.#names.get(own) ?? new Set();
			this.#names.set(own, names.add(shownName(link.name)));
			if (!isExempt(link)) there.add(own);
		}
		this.#firm = new Set([...this.#firm].filter((own) => there.has(own)));
	}

	/** These addresses belong to one link, one after the other. */
	join(before: string, after: string): void {
		const [from, to] = [this.#classOf(before), this.#classOf(after)];
		if (from === to) return;
		this.#classes.set(from, to);
		if (this.#sinceStart.has(from)) this.#sinceStart.add(to);
		this.#names.set(to, new Set([...(this.#names.get(to) ?? []), ...(this.#names.get(from) ?? [])]));
		if (this.#firm.delete(from)) this.#firm.add(to);
	}

	/** A link with that address is about to get this name. */
	named(hwaddr: string, name: string): void {
		const own = this.#classOf(hwaddr);
		this.#names.set(own, (this.#names.get(own) ?? new Set()).add(shownName(name)));
		if (name.endsWith('kata')) this.#firm.delete(own);
	}

	/** The link with that address is about to end, though another one may get the address. */
	ended(hwaddr: string): void {
		this.#firm.delete(this.#classOf(hwaddr));
	}

	/** All is quiet and right. */
	settle(guest: Guest): void {
		this.#firm = new Set(guest.endpoints.map(({hwaddr}) => this.#classOf(hwaddr)));
	}

	/** Everything that is wrong in the guest. */
	findFaults(picture: Picture, guest: Guest): string[] {
		const faults = [...guest.breaches];
		const candidates = picture.links.filter((link) => !isExempt(link));
		faults.push(...(this.#rules.onChange === 'replace' ? this.#recordFaults(candidates, guest) : this.#classFaults(candidates, guest)));
		const names = this.guestNames(picture.links, guest.endpoints);
		const wrong = routeFaults(picture, guest.endpoints, guest.routes, names, this.#rules);
		return wrong.length === 0 ? faults : [...faults, ...wrong, `the guest's routes are\n${listed(guest.routes)}`];
	}

	/** By the current names of the links. */
	guestNames(links: readonly SeenLink[], endpoints: readonly Endpoint[]): Map<string, string> {
		const names = new Map<string, string>();
		for (const link of links) {
			const guestName = link.loopback ? 'lo' : this.#endpointFor(link, endpoints)?.name;
			if (guestName !== undefined && !(isExempt(link) && !link.loopback)) names.set(link.name, guestName);
		}
		return names;
	}

	/** With `replace` each endpoint is a link as it is now, and no link is missing. */
	#recordFaults(links: readonly SeenLink[], {endpoints}: Guest): string[] {
		const faults: string[] = [];
		const left = links.map((link) => ({link, text: JSON.stringify(this.#endpointOf(link))}));
		for (const endpoint of endpoints) {
			// An address that was told stays while it is tentative again.
			const without = (link: SeenLink) =>
				endpoint.addresses.filter((text) => !link.addresses.some(({local, unsure}) => unsure && text.startsWith(`${local}/`)));
			const at = left.findIndex(({link, text}) => text === JSON.stringify({...endpoint, addresses: without(link)}));
			if (at < 0) faults.push(`no link is, or no other one is, ${JSON.stringify(endpoint)}`);
			else left.splice(at, 1);
		}
		for (const {link, text} of left) if (this.#isDue(link)) faults.push(`${link.ifindex} is not announced: ${text}`);
		return faults;
	}

	/** In all other modes an endpoint is as its link was at some time. */
	#classFaults(links: readonly SeenLink[], {endpoints}: Guest): string[] {
		const faults: string[] = [];
		const classes = new Set([...endpoints, ...links].map(({hwaddr}) => this.#classOf(hwaddr)));
		for (const own of classes) {
			const living = links.filter(({hwaddr}) => this.#classOf(hwaddr) === own);
			const attached = endpoints.filter(({hwaddr}) => this.#classOf(hwaddr) === own);
			const due = living.filter((link) => this.#isDue(link));
			const told = `${JSON.stringify(attached)} for ${JSON.stringify(living)}`;
			// Rule 8: an interface that shares its address with one that could not be attached again stays, and keeps its name.
			if (this.#rules.sharedAddresses && [...attached, ...living].some(({kind}) => !/^(veth|tap)$/.test(kind))) continue;
			if (attached.length > living.length) faults.push(`attached and gone, or attached twice: ${told}`);
			if (attached.length < due.length) faults.push(`not attached: ${told}`);
			for (const endpoint of attached) {
				if (!living.some(({kind}) => kind === endpoint.kind)) faults.push(`of another kind: ${told}`);
				if (this.#names.get(own)?.has(endpoint.name) !== true) faults.push(`never had that name: ${told}`);
			}
			const [link, ...others] = living;
			const [endpoint] = attached;
			if (link === undefined || endpoint === undefined || others.length > 0 || this.#rules.onChange === 'ignore') continue;
			if (endpoint.addresses.length === 0 && this.#counting(link).length > 0) faults.push(`its first address was not told: ${told}`);
		}
		return faults;
	}

	/** Rule 2. What the guest had, it keeps. */
	#isDue(link: SeenLink): boolean {
		// It may be there since the start, when the runtime attached all kinds. Once gone it does not come back.
		if (this.#rules.refuses && !/^(veth|tap)$/.test(link.kind)) return false;
		const own = this.#classOf(link.hwaddr);
		if (this.#firm.has(own) && !this.#rules.sharedAddresses && link.hwaddr !== '') return true;
		if (!link.running) return false;
		return this.#counting(link).length > 0 || (this.#rules.announcesBare && !this.#sinceStart.has(own));
	}

	#endpointFor(link: SeenLink, endpoints: readonly Endpoint[]): Endpoint | undefined {
		const own = this.#classOf(link.hwaddr);
		const alike = endpoints.filter(({hwaddr}) => this.#classOf(hwaddr) === own);
		return alike.length > 1 || this.#rules.sharedAddresses || link.hwaddr === ''
			? alike.find(({name, hwaddr}) => name === shownName(link.name) && hwaddr === link.hwaddr)
			: alike[0];
	}

	#classOf(hwaddr: string): string {
		let own = hwaddr;
		for (let next = this.#classes.get(own); next !== undefined; next = this.#classes.get(own)) own = next;
		return own;
	}

	#endpointOf(link: SeenLink): Endpoint {
		return {name: shownName(link.name), hwaddr: link.hwaddr, mtu: link.mtu, kind: link.kind, addresses: this.#counting(link)};
	}

	/** One local address once, and only addresses that are known to be the link's alone. */
	#counting({addresses}: SeenLink): string[] {
		const counting = addresses.filter(
			({family, local, unsure}) => this.#rules.families.includes(family) && !local.startsWith('fe80:') && !unsure,
		);
		return counting
			.filter(({local}, index) => counting.findIndex((other) => other.local === local) === index)
			.map(({local, prefixlen}) => `${local}/${prefixlen}`);
	}
}

/** Never added or deleted: the loopback, and the runtime's own interfaces. */
function isExempt({loopback, name}: SeenLink): boolean {
	return loopback || name.endsWith('kata');
}

/** As JSON can carry it: each sequence that is not UTF-8 becomes U+FFFD. */
export function shownName(bytes: string): string {
	return Buffer.from(bytes, 'latin1').toString('utf8');
}

function listed(routes: readonly GuestRoute[]): string {
	return routes.map((route) => `  ${JSON.stringify(route)}`).join('\n');
}
