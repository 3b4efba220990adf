import type {JsonObject} from '../../json/fields.js';
import {SnapshotError} from '../../model/errors.js';
import type {Link} from '../../model/link.js';
import {isWellFormed} from '../../text/byte-text.js';
import type {Clock} from '../../time/clock.js';
import type {IpQueries} from '../ask/ip-queries.js';
import {type Attempt, attemptOrError, saysNoSuchLink} from './attempt.js';
import type {Dump, Unread} from './dump.js';
import {LinkDetails} from './link-details.js';
import {entriesOf, type LinkDump, type LinkEntry, parseLinkDump, type SickLink} from './link-dump.js';
import type {Sick, Trouble} from './sick.js';

/** A dump, and the objects from which its entries were read. */
export interface LinksRead extends Dump<Link> {
	readonly objects: readonly JsonObject[];
}

/** An answer of `ip -d`: readable links and unreadable ones; or an error if there is none. */
export type DetailedAnswer = Attempt<LinkDump> | SnapshotError;

/** After `ip -d` has died, all links are read without it for this long, because each death costs processes. */
const restMs = 1000;

const withoutDetails = 'ip -d cannot show a link, it is read without its details';
const leftOut = 'ip cannot show a link, nothing is concluded about it';

/**
 * Reads links without -d if `ip -d` cannot show one: its details are no JSON, or `ip` dies at it. The answer without -d says which links
 * exist; links that `ip -d` can show keep their details.
 */
export class UndetailedLinks {
	readonly #queries: IpQueries;
	readonly #sick: Sick;
	readonly #clock: Clock;
	readonly #details: LinkDetails;
	#death: SnapshotError | undefined;
	#diedAt = Number.NEGATIVE_INFINITY;

	constructor(queries: IpQueries, sick: Sick, clock: Clock) {
		this.#queries = queries;
		this.#sick = sick;
		this.#clock = clock;
		this.#details = new LinkDetails(queries, sick, clock);
	}

	/** Why not to ask `ip -d` for all links now: it died of that a moment ago. */
	get death(): SnapshotError | undefined {
		return this.#clock.now() - this.#diedAt < restMs ? this.#death : undefined;
	}

	/** `ip -d` has shown all links. */
	allWell(): void {
		this.#death = undefined;
		this.#details.forget();
		this.#sick.whole('link', []);
	}

	/** `ip -d` has shown these, asked for one by its name. */
	well(links: readonly Link[]): void {
		for (const link of links) {
			this.#sick.well(link.ifindex);
			this.#details.learn(link);
		}
	}

	/** Reads all links, after `ip -d` could not show every one. Rejects with a SnapshotError if none can be read. */
	async all(detailed: DetailedAnswer): Promise<LinksRead> {
		const warn = (troubles: readonly Trouble[]) => this.#sick.whole('link', troubles);
		const rests = this.death !== undefined;
		if (detailed instanceof SnapshotError && !rests) {
			this.#death = detailed;
			this.#diedAt = this.#clock.now();
		}
		const plain = await this.#ask(['addr', 'show']);
		if (plain instanceof SnapshotError || plain.read.links.length === 0) {
			if (detailed instanceof SnapshotError) throw detailed;
			const [first] = detailed.read.sick;
			if (detailed.read.links.length === 0 && first !== undefined) throw new SnapshotError(first.reason);
			return this.#linksRead(detailed, entriesOf(detailed.read), unreadOfAll(detailed.read), warn);
		}
		const known = new Map(detailed instanceof SnapshotError ? [] : entriesOf(detailed.read).map((entry) => [entry.link.ifindex, entry]));
		const there = entriesOf(plain.read);
		const lacking = there.filter(({link}) => !known.has(link.ifindex));
		const read = await this.#details.complete(
			lacking,
			hintsOf(detailed),
			detailed instanceof SnapshotError ? detailed.message : undefined,
			rests,
		);
		for (const entry of read) known.set(entry.link.ifindex, entry);
		const unread = unreadOfAll(plain.read).filter(({ifindex}) => ifindex === undefined || !known.has(ifindex));
		const shown = [...there.map(({link}) => link.ifindex), ...plain.read.sick.map(({ifindex}) => ifindex)];
		const entries = shown.flatMap((ifindex) => (ifindex === undefined ? [] : (known.get(ifindex) ?? [])));
		return this.#linksRead(plain, entries, unread, warn, detailed);
	}

	/** Reads one link, after `ip -d` could not show it. */
	async one(ifname: string, detailed: DetailedAnswer): Promise<LinksRead> {
		const byName = isWellFormed(ifname);
		const plain = await this.#ask(byName ? ['addr', 'show', 'dev', ifname] : ['addr', 'show']);
		const warn = (troubles: readonly Trouble[]) => {
			for (const trouble of troubles) this.#sick.link(trouble);
		};
		if (plain instanceof SnapshotError) {
			if (saysNoSuchLink(plain)) return {entries: [], objects: [], complete: true};
			if (detailed instanceof SnapshotError) throw detailed;
			return this.#linksRead(detailed, [], unreadOf(detailed.read), warn);
		}
		const isAsked = ({link}: LinkEntry) => byName || link.ifname === ifname || `if${link.ifindex}` === ifname;
		const hints = hintsOf(detailed);
		const reason = detailed instanceof SnapshotError ? detailed.message : (detailed.read.sick[0]?.reason ?? 'it cannot be read');
		const asked = entriesOf(plain.read).filter(isAsked);
		const sick = new Map(asked.map(({link}) => [link.ifindex, hints.get(link.ifindex) ?? {reason}]));
		const isNew = asked.some(({link}) => this.#sick.reasonOf(link.ifindex) === undefined);
		if (detailed instanceof SnapshotError && isNew && !this.#details.useless) await this.#details.tryLoopback();
		const entries = await this.#details.complete(asked, sick, reason, true);
		return this.#linksRead(plain, entries, byName ? unreadOf(plain.read) : [], warn, detailed);
	}

	#linksRead(
		{complete}: Attempt<unknown>,
		entries: readonly LinkEntry[],
		unread: readonly Unread[],
		warn: (troubles: readonly Trouble[]) => void,
		detailed?: DetailedAnswer,
	): LinksRead {
		const undetailed = entries.filter((entry) => entry.undetailed !== undefined);
		// If `ip -d` dies at every link, one warning says so.
		const diesAtEach = this.#details.useless && detailed instanceof SnapshotError;
		const named = unread.filter(({ifindex}) => ifindex !== undefined);
		warn([
			...(diesAtEach
				? [{reason: undetailed[0]?.undetailed ?? '', message: 'ip -d fails at every link, they are read without their details'}]
				: undetailed.map(({link: {ifindex, ifname}, undetailed: reason = ''}) => ({ifindex, ifname, reason, message: withoutDetails}))),
			...(named.length > 0 ? named : unread).map((entry) => ({...entry, message: leftOut})),
		]);
		return {
			entries: entries.map(({link}) => link),
			objects: entries.map(({object}) => object),
			complete: complete && (detailed === undefined || detailed instanceof SnapshotError || detailed.complete),
			...(unread.length === 0 ? {} : {unread}),
			...(undetailed.length === 0 ? {} : {undetailed: undetailed.map(({link}) => link.ifindex)}),
		};
	}

	#ask(words: readonly string[]): Promise<DetailedAnswer> {
		return attemptOrError(this.#queries, {family: 'inet', words, details: false}, ({stdout}, what) =>
			parseLinkDump(stdout.toString('latin1'), what),
		);
	}
}

function hintsOf(detailed: DetailedAnswer): Map<number, SickLink> {
	const sick = detailed instanceof SnapshotError ? [] : detailed.read.sick;
	return new Map(sick.flatMap((link) => (link.ifindex === undefined ? [] : [[link.ifindex, link]])));
}

/** What an answer left out. */
function unreadOf({sick}: LinkDump): Unread[] {
	return sick.map(({kind: _, ...unread}) => unread);
}

/** The same for an answer about all links, plus an entry without an index: other links may be hidden in the unreadable part. */
function unreadOfAll(dump: LinkDump): Unread[] {
	const [first] = dump.sick;
	return first === undefined ? [] : [...unreadOf(dump).filter(({ifindex}) => ifindex !== undefined), {reason: first.reason}];
}
