import {SnapshotError} from '../../model/errors.js';
import type {Link} from '../../model/link.js';
import type {Clock} from '../../time/clock.js';
import type {IpQueries, Question} from '../ask/ip-queries.js';
import {attemptOrError, saysNoSuchLink} from './attempt.js';
import {entriesOf, type LinkDump, type LinkEntry, parseLinkDump, type SickLink} from './link-dump.js';
import type {Sick} from './sick.js';

/** The most questions in one look at which `ip -d` may die: each death costs a process or two. */
const mostDeaths = 8;
/** After this many deaths without an answer, `ip -d` counts as useless for every link. */
const uselessDeaths = 3;
/** The longest time to spend on this in one look. The rest waits for the next one. */
const timeLimitMs = 2000;

/** Common kinds, to ask for by name. `ip` filters by kind without -d too (match_link_kind, ip/ipaddress.c). */
const usualKinds = ['veth', 'tun', 'bridge', 'vlan', 'macvlan', 'macvtap', 'ipvlan', 'ipvtap', 'vxlan', 'bond', 'dummy', 'wireguard'];

interface KnownKind {
	readonly address: string;
	readonly kind: string;
}

/** Finds the details of links if one question for all links cannot show them. */
export class LinkDetails {
	readonly #queries: IpQueries;
	readonly #sick: Sick;
	readonly #clock: Clock;
	/** Links that `ip -d` has shown alone while it could not show all. */
	#known = new Map<number, LinkEntry>();
	/** Kinds of the links that `ip -d` cannot show. */
	#kinds = new Map<number, KnownKind>();
	#useless = false;

	constructor(queries: IpQueries, sick: Sick, clock: Clock) {
		this.#queries = queries;
		this.#sick = sick;
		this.#clock = clock;
	}

	/** Whether `ip -d` dies at every link. */
	get useless(): boolean {
		return this.#useless;
	}

	forget(): void {
		this.#known.clear();
		this.#kinds.clear();
		this.#useless = false;
	}

	/** `ip -d` has died at one link: ask for the loopback to see whether it dies at every link. */
	async tryLoopback(): Promise<void> {
		const answer = await this.#attempt({family: 'link', words: ['addr', 'show', 'dev', 'lo']});
		this.#useless = answer instanceof SnapshotError;
	}

	/** `ip -d` has shown this link. */
	learn(link: Link): void {
		const known = this.#known.get(link.ifindex);
		if (known !== undefined) this.#known.set(link.ifindex, {...known, link});
	}

	/**
	 * Returns the links with their details, or marked if they have none.
	 *
	 * @param hints links that cannot be shown in full, with what is known about them
	 * @param reason why `ip -d` could not show all links
	 * @param rests do not ask for links at which `ip -d` died before, or for any link if it dies at each
	 */
	async complete(
		links: readonly LinkEntry[],
		hints: ReadonlyMap<number, Omit<SickLink, 'ifindex'>>,
		reason: string | undefined,
		rests: boolean,
	): Promise<LinkEntry[]> {
		const asking = {begun: this.#clock.now(), deaths: 0, answers: 0};
		const found = new Map<number, LinkEntry>();
		// Links known to be sick come last, so that they do not use up the tries of the others.
		const inTurn = [...links.filter(({link}) => !this.#isSick(link)), ...links.filter(({link}) => this.#isSick(link))];
		for (const entry of inTurn) {
			const {ifindex} = entry.link;
			const hint = hints.get(ifindex);
			const known = this.#knownOf(entry);
			const waits = rests && (this.#useless || this.#isSick(entry.link));
			if (known !== undefined && hint === undefined) found.set(ifindex, known);
			else if (hint !== undefined) found.set(ifindex, undetailed(entry, hint.reason, hint.kind));
			else if (waits || isOver(asking, this.#clock.now()))
				found.set(ifindex, undetailed(entry, this.#sick.reasonOf(ifindex) ?? reason ?? 'not asked for'));
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
			// A link that disappeared is no death; the next look will find it gone.
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

	/** Finds the kinds of these links. A link of no known kind counts as a `device`. */
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
		const begun = this.#clock.now();
		for (const kind of usualKinds) {
			if (open.size === 0 || this.#clock.now() - begun > timeLimitMs) break;
			const answer = await this.#attempt({family: 'inet', details: false, words: ['link', 'show', 'type', kind]});
			if (answer instanceof SnapshotError) break;
			for (const {ifindex, link_type} of answer.links) {
				const link = open.get(ifindex);
				if (link === undefined) continue;
				// A tap carries frames, a tun does not (drivers/net/tun.c).
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

function isOver(
	{begun, deaths, answers}: {readonly begun: number; readonly deaths: number; readonly answers: number},
	now: number,
): boolean {
	return deaths >= mostDeaths || (deaths >= uselessDeaths && answers === 0) || now - begun > timeLimitMs;
}
