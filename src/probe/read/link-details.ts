import {SnapshotError} from '../../model/errors.js';
import type {Link} from '../../model/link.js';
import type {IpQueries, Question} from '../ask/ip-queries.js';
import {attemptOrError, saysNoSuchLink} from './attempt.js';
import {entriesOf, type LinkDump, type LinkEntry, parseLinkDump, type SickLink} from './link-dump.js';
import type {Sick} from './sick.js';

/** So many questions at which `ip -d` dies are asked in one go: each costs a process or two. */
const mostDeaths = 8;
/** So many deaths without an answer show that `ip -d` is of no use for any link. */
const uselessDeaths = 3;
/** Asking goes on no longer than this; the rest are asked the next time. */
const timeLimitMs = 2000;

/**
 * Kinds that are asked for by name: those that a container runtime knows, and the usual ones beside them. `ip` filters by
 * kind without -d too (match_link_kind, ip/ipaddress.c).
 */
const usualKinds = ['veth', 'tun', 'bridge', 'vlan', 'macvlan', 'macvtap', 'ipvlan', 'ipvtap', 'vxlan', 'bond', 'dummy', 'wireguard'];

interface KnownKind {
	readonly address: string;
	readonly kind: string;
}

/** Finds the details of links by other questions than one for all. */
export class LinkDetails {
	readonly #queries: IpQueries;
	readonly #sick: Sick;
	/** Of links that `ip -d` has shown alone while it could not show all. */
	#known = new Map<number, LinkEntry>();
	/** Kinds of links that it could not show. */
	#kinds = new Map<number, KnownKind>();
	#useless = false;

	constructor(queries: IpQueries, sick: Sick) {
		this.#queries = queries;
		this.#sick = sick;
	}

	/** `ip -d` dies at every link. */
	get useless(): boolean {
		return this.#useless;
	}

	forget(): void {
		this.#known.clear();
		this.#kinds.clear();
		this.#useless = false;
	}

	/** `ip -d` has died at one link: whether it does so at any, the loopback shows. */
	async tryLoopback(): Promise<void> {
		const answer = await this.#attempt({family: 'link', words: ['addr', 'show', 'dev', 'lo']});
		this.#useless = answer instanceof SnapshotError;
	}

	/** A link was shown in full. */
	learn(link: Link): void {
		const known = this.#known.get(link.ifindex);
		if (known !== undefined) this.#known.set(link.ifindex, {...known, link});
	}

	/**
	 * The links with their details, or marked where they have none.
	 *
	 * @param hints links that cannot be shown in full, and what is known of them
	 * @param reason why `ip -d` could not show all
	 * @param rests links at which it has died before, or all if it dies at each, are not asked for
	 */
	async complete(
		links: readonly LinkEntry[],
		hints: ReadonlyMap<number, Omit<SickLink, 'ifindex'>>,
		reason: string | undefined,
		rests: boolean,
	): Promise<LinkEntry[]> {
		const asking = {begun: performance.now(), deaths: 0, answers: 0};
		const found = new Map<number, LinkEntry>();
		// A link that is known to be sick must not take the turn of one that is not.
		const inTurn = [...links.filter(({link}) => !this.#isSick(link)), ...links.filter(({link}) => this.#isSick(link))];
		for (const entry of inTurn) {
			const {ifindex} = entry.link;
			const hint = hints.get(ifindex);
			const known = this.#knownOf(entry);
			const waits = rests && (this.#useless || this.#isSick(entry.link));
			if (known !== undefined && hint === undefined) found.set(ifindex, known);
			else if (hint !== undefined) found.set(ifindex, undetailed(entry, hint.reason, hint.kind));
			else if (waits || isOver(asking)) found.set(ifindex, undetailed(entry, this.#sick.reasonOf(ifindex) ?? reason ?? 'not asked for'));
			else found.set(ifindex, await this.#ask(entry, asking));
		}
		if (!rests && asking.deaths > 0) this.#useless = asking.deaths >= uselessDeaths && asking.answers === 0;
		await this.#findKinds([...found.values()].filter((entry) => entry.undetailed !== undefined));
		return links.flatMap(({link}) => {
			const entry = found.get(link.ifindex);
			return entry === undefined ? [] : [this.#withKind(entry)];
		});
	}

	#isSick({ifindex}: Link): boolean {
		return this.#sick.reasonOf(ifindex) !== undefined;
	}

	#knownOf({link, object}: LinkEntry): LinkEntry | undefined {
		const known = this.#known.get(link.ifindex);
		if (known === undefined || known.link.address !== link.address || known.link.ifname !== link.ifname) return undefined;
		const {link_kind, ifalias} = known.link;
		return {link: {...link, link_kind, ...(ifalias === undefined ? {} : {ifalias})}, object: {...known.object, ...object}};
	}

	async #ask(entry: LinkEntry, asking: {deaths: number; answers: number; begun: number}): Promise<LinkEntry> {
		const {ifindex, ifname, addr_info} = entry.link;
		const words = ['addr', 'show', 'dev', ifname];
		const byIndex = ['addr', 'show', 'dev', `if${ifindex}`];
		const answer = await this.#attempt({family: 'link', words: this.#queries.canAsk(words) ? words : byIndex});
		if (answer instanceof SnapshotError) {
			// One that is gone meanwhile is no death; the next look finds that it is gone.
			if (!saysNoSuchLink(answer)) asking.deaths += 1;
			return undetailed(entry, answer.message);
		}
		asking.answers += 1;
		const shown = entriesOf(answer).find(({link}) => link.ifindex === ifindex);
		if (shown === undefined) {
			const sick = answer.sick.find((link) => link.ifindex === ifindex);
			return undetailed(entry, sick?.reason ?? 'it is not in its own answer', sick?.kind);
		}
		const whole = {link: {...shown.link, addr_info}, object: {...shown.object, addr_info: entry.object['addr_info'] ?? []}};
		this.#known.set(ifindex, whole);
		return whole;
	}

	/** What no known kind is found for counts as a device without one. */
	async #findKinds(entries: readonly LinkEntry[]): Promise<void> {
		const kinds = new Map<number, KnownKind>();
		const open = new Map<number, Link>();
		for (const {link} of entries) {
			const known = this.#kinds.get(link.ifindex);
			if (link.link_kind === 'device' && !link.flags.includes('LOOPBACK')) {
				if (known?.address === link.address) kinds.set(link.ifindex, known);
				else open.set(link.ifindex, link);
			}
		}
		this.#kinds = kinds;
		const begun = performance.now();
		for (const kind of usualKinds) {
			if (open.size === 0 || performance.now() - begun > timeLimitMs) break;
			const answer = await this.#attempt({family: 'inet', details: false, words: ['link', 'show', 'type', kind]});
			if (answer instanceof SnapshotError) break;
			for (const {ifindex, link_type} of answer.links) {
				const link = open.get(ifindex);
				if (link === undefined) continue;
				// A tap has frames, a tun has none (drivers/net/tun.c).
				kinds.set(ifindex, {address: link.address, kind: kind === 'tun' && link_type === 'ether' ? 'tap' : kind});
				open.delete(ifindex);
			}
		}
		for (const {ifindex, address, link_kind} of open.values()) kinds.set(ifindex, {address, kind: link_kind});
	}

	#withKind(entry: LinkEntry): LinkEntry {
		const kind = entry.undetailed === undefined ? undefined : this.#kinds.get(entry.link.ifindex)?.kind;
		return kind === undefined ? entry : {...entry, link: {...entry.link, link_kind: kind}};
	}

	async #attempt(question: Question): Promise<LinkDump | SnapshotError> {
		const answer = await attemptOrError(this.#queries, question, ({stdout}, what) => parseLinkDump(stdout.toString('latin1'), what));
		return answer instanceof SnapshotError ? answer : answer.read;
	}
}

function undetailed(entry: LinkEntry, reason: string, kind?: string): LinkEntry {
	return {...entry, undetailed: reason, link: kind === undefined ? entry.link : {...entry.link, link_kind: kind}};
}

function isOver({begun, deaths, answers}: {readonly begun: number; readonly deaths: number; readonly answers: number}): boolean {
	return deaths >= mostDeaths || (deaths >= uselessDeaths && answers === 0) || performance.now() - begun > timeLimitMs;
}
