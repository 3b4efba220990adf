import type {JsonObject} from '../../json/fields.js';
import {SnapshotError} from '../../model/errors.js';
import {type BareLink, bareLink, type Family, type Link} from '../../model/link.js';
import type {Route} from '../../model/route.js';
import {type Clock, systemClock} from '../../time/clock.js';
import type {Answer, IpQueries, Question} from '../ask/ip-queries.js';
import type {RouteTables} from '../route-tables.js';
import {attempt, saysNoSuchLink} from './attempt.js';
import type {Dump} from './dump.js';
import {type LinkDump, parseLinkDump} from './link-dump.js';
import {RouteReader} from './route-reader.js';
import {Sick} from './sick.js';
import {UndetailedLinks} from './undetailed-links.js';

export interface ReaderOptions {
	/** Remembers what cannot be read, across readers. */
	readonly sick?: Sick;
	readonly undetailed?: UndetailedLinks;
	/** Whose routes are read; default: the main table's. */
	readonly tables?: RouteTables;
	/** Gets the objects from which the entries of each dump were read. */
	readonly onObjects?: (objects: readonly JsonObject[]) => void;
	readonly clock?: Clock;
}

const allLinks: Question = {family: 'inet', words: ['addr', 'show']};

/** Every namespace has a loopback (LOOPBACK_IFINDEX, net/core/dev.c), so a dump without it is incomplete. */
const loopbackIndex = 1;

/** Reads links and routes. An answer that equals the last one byte for byte is not parsed again. */
export class SnapshotReader {
	readonly #queries: IpQueries;
	readonly #routes: RouteReader;
	readonly #undetailed: UndetailedLinks;
	readonly #onObjects: ReaderOptions['onObjects'];
	#lastLinks: {readonly bytes: Buffer; readonly dump: LinkDump} | undefined;

	constructor(queries: IpQueries, options: ReaderOptions = {}) {
		const {sick = new Sick(), clock = systemClock, undetailed = new UndetailedLinks(queries, sick, clock), tables, onObjects} = options;
		this.#queries = queries;
		this.#routes = new RouteReader(queries, sick, clock, {tables, onObjects});
		this.#undetailed = undetailed;
		this.#onObjects = onObjects;
	}

	async readLinks(): Promise<Dump<Link>> {
		const dump = await this.#readAllLinks();
		const isThere = dump.entries.some(({ifindex}) => ifindex === loopbackIndex);
		const mayBeThere = dump.unread?.some(({ifindex}) => ifindex === undefined || ifindex === loopbackIndex) === true;
		if (dump.complete && !isThere && !mayBeThere) throw new SnapshotError('ip -j -d addr show: no loopback in it');
		return dump;
	}

	async #readAllLinks(): Promise<Dump<Link>> {
		const answer = this.#undetailed.death ?? (await attempt(this.#queries, allLinks, (said, what) => this.#takeAllLinks(said, what)));
		if (!(answer instanceof SnapshotError) && answer.read.sick.length === 0) {
			const {links, objects} = answer.read;
			this.#undetailed.allWell();
			this.#onObjects?.(objects);
			return {entries: links, complete: answer.complete};
		}
		this.#lastLinks = undefined;
		const {objects, ...dump} = await this.#undetailed.all(answer);
		this.#onObjects?.(objects);
		return dump;
	}

	#takeAllLinks({stdout}: Answer, what: string): LinkDump {
		if (this.#onObjects === undefined && this.#lastLinks?.bytes.equals(stdout)) return this.#lastLinks.dump;
		const dump = parseLinkDump(stdout.toString('latin1'), what);
		if (dump.sick.length === 0) this.#lastLinks = {bytes: Buffer.from(stdout), dump: {...dump, objects: []}};
		return dump;
	}

	/**
	 * Reads one link by its name. No entry: no link has the name now. An entry with another index than expected: the name has moved.
	 * Undefined: the name cannot be asked for.
	 */
	async readLink(ifname: string): Promise<Dump<Link> | undefined> {
		return this.#readLinkAs('inet', ifname);
	}

	/**
	 * The same without addresses. For `ip addr`, `ip -batch` makes the kernel report the addresses of all links and discards the others,
	 * because it never requests a strict dump (batch, ip/ip.c).
	 */
	async readBareLink(ifname: string): Promise<Dump<BareLink> | undefined> {
		const dump = await this.#readLinkAs('link', ifname);
		return dump === undefined ? undefined : {...dump, entries: dump.entries.map(bareLink)};
	}

	readRoutes(family: Family): Promise<Dump<Route>> {
		return this.#routes.read(family);
	}

	async #readLinkAs(family: 'inet' | 'link', ifname: string): Promise<Dump<Link> | undefined> {
		const question: Question = {family, words: ['addr', 'show', 'dev', ifname]};
		if (!this.#queries.canAsk(question.words)) return undefined;
		const asked = attempt(this.#queries, question, ({stdout}, what) => parseLinkDump(stdout.toString('latin1'), what));
		const answer = await asked.catch((error: unknown) => {
			// `ip -batch` was given up meanwhile, and only a batch can be asked for this name.
			if (error instanceof SnapshotError && !this.#queries.canAsk(question.words)) return undefined;
			throw error;
		});
		if (answer === undefined) return undefined;
		if (answer instanceof SnapshotError) {
			if (saysNoSuchLink(answer)) return {entries: [], complete: true};
		} else if (answer.read.sick.length === 0) {
			this.#undetailed.well(answer.read.links);
			return {entries: answer.read.links, complete: answer.complete};
		}
		// The question without addresses only saves time; the full question reports what is wrong.
		if (family === 'link') throw answer instanceof SnapshotError ? answer : new SnapshotError(answer.read.sick[0]?.reason ?? 'unreadable');
		const {objects: _, ...dump} = await this.#undetailed.one(ifname, answer);
		return dump;
	}
}
