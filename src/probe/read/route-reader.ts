import {type JsonObject, ShapeError} from '../../json/fields.js';
import {SnapshotError} from '../../model/errors.js';
import type {Family} from '../../model/link.js';
import type {Route} from '../../model/route.js';
import type {Clock} from '../../time/clock.js';
import {AnswerBuffer} from '../ask/answer-buffer.js';
import type {Answer, IpQueries, Question} from '../ask/ip-queries.js';
import {mainTable, type RouteTables} from '../route-tables.js';
import {type Attempt, attempt, attemptOrError} from './attempt.js';
import type {Dump} from './dump.js';
import {parseIpJson} from './ip-json.js';
import {NexthopResolver} from './nexthops.js';
import {parseRouteDump, type RouteDump} from './route-dump.js';
import {isSick, parseRoutesApart, type RoutesApart, withKnownRoutes} from './routes-apart.js';
import type {Sick, Trouble} from './sick.js';

/** A table that has never been used (5.0 to 5.13, and absent tables): exit code 2. It counts as empty. */
const noSuchTable = /FIB table does not exist/i;

/** Asked without -6, which would leave out IPv4 objects, and groups, which have no family. */
const allNexthops: Question = {family: 'inet', words: ['nexthop', 'show']};

/** After `ip -d` has died, routes are read without it for this long, because each death costs processes. */
const restMs = 1000;

const withoutDetails = 'ip -d cannot show a route, it is read without its details';
const leftOut = 'ip cannot show a route, nothing is concluded about it';

type Parsed = {readonly dump: RouteDump} | {readonly apart: RoutesApart};

interface RouteReaderOptions {
	/** Whose routes are read; default: the main table's. */
	readonly tables?: RouteTables | undefined;
	/** Gets the objects from which the entries of each dump were read. */
	readonly onObjects?: ((objects: readonly JsonObject[]) => void) | undefined;
}

/** Reads the routes of one table or all. An answer that equals the last one byte for byte is not parsed again. */
export class RouteReader {
	readonly #queries: IpQueries;
	readonly #sick: Sick;
	readonly #clock: Clock;
	readonly #tables: RouteTables;
	readonly #onObjects: RouteReaderOptions['onObjects'];
	readonly #last = new Map<Family, {readonly dump: RouteDump; readonly memory: AnswerBuffer}>();
	/** The routes of the last dump, if something in it could not be read. */
	readonly #known = new Map<Family, readonly Route[]>();
	readonly #resolvers = new Map<Family, NexthopResolver>();
	readonly #deaths = new Map<Family, {readonly error: SnapshotError; readonly at: number}>();

	constructor(queries: IpQueries, sick: Sick, clock: Clock, {tables = mainTable, onObjects}: RouteReaderOptions = {}) {
		this.#queries = queries;
		this.#sick = sick;
		this.#clock = clock;
		this.#tables = tables;
		this.#onObjects = onObjects;
	}

	/** Asks without -d if `ip -d` cannot show a route, and keeps known routes that cannot be read. Rejects with a SnapshotError. */
	async read(family: Family): Promise<Dump<Route>> {
		// Asked for all tables and no family, `ip` shows both families (iproute_list_flush_or_save, ip/iproute.c).
		const asked = family === 'inet' && this.#tables.word === 'all' ? 'inet only' : family;
		const question: Question = {family: asked, words: ['route', 'show', 'table', this.#tables.word]};
		const detailed = this.#death(family) ?? (await attempt(this.#queries, question, (answer, what) => this.#parse(answer, what, family)));
		if (detailed instanceof SnapshotError) {
			if (noSuchTable.test(detailed.message)) return {entries: [], complete: true};
		} else if ('dump' in detailed.read) {
			this.#sick.whole(family, []);
			return this.#whole(detailed.read.dump, detailed.complete, family);
		}
		const plain = await attemptOrError(this.#queries, {...question, details: false}, (answer, what) => this.#parse(answer, what, family));
		if (!(plain instanceof SnapshotError) && 'dump' in plain.read) {
			if (detailed instanceof SnapshotError) this.#takeDeath(detailed, family);
			else this.#sick.whole(family, troublesOf(detailed.read, withoutDetails));
			return this.#whole(plain.read.dump, plain.complete, family);
		}
		const best = plain instanceof SnapshotError ? detailed : plain;
		if (best instanceof SnapshotError) throw best;
		return this.#leaveOut(best, family);
	}

	/** Why not to ask `ip -d` for routes now: it died of that a moment ago. */
	#death(family: Family): SnapshotError | undefined {
		const death = this.#deaths.get(family);
		return death !== undefined && this.#clock.now() - death.at < restMs ? death.error : undefined;
	}

	#takeDeath(error: SnapshotError, family: Family): void {
		if (this.#death(family) === undefined) this.#deaths.set(family, {error, at: this.#clock.now()});
		// Without -d, `ip` only omits the usual values of a route, so there is nothing to warn about.
		this.#sick.whole(family, []);
	}

	async #whole(dump: RouteDump, complete: boolean, family: Family): Promise<Dump<Route>> {
		this.#known.delete(family);
		return dump.lacksNextHops ? this.#withNextHops(dump, complete, family) : {entries: dump.routes, complete};
	}

	/** The same, with the next hops of nexthop objects. */
	async #withNextHops(dump: RouteDump, complete: boolean, family: Family): Promise<Dump<Route>> {
		const resolver = this.#resolvers.get(family) ?? new NexthopResolver();
		this.#resolvers.set(family, resolver);
		const answer = await attempt(this.#queries, allNexthops, ({stdout}, what) => resolver.resolve(dump.routes, stdout, what));
		if (answer instanceof SnapshotError) throw answer;
		return {entries: answer.read.entries, complete: complete && answer.complete && answer.read.complete};
	}

	#leaveOut({read, complete}: Attempt<Parsed>, family: Family): Dump<Route> | Promise<Dump<Route>> {
		if ('dump' in read) return this.#whole(read.dump, complete, family);
		const troubles = troublesOf(read, leftOut);
		this.#sick.whole(family, troubles);
		this.#onObjects?.(read.apart.objects);
		const entries = withKnownRoutes(read.apart, this.#known.get(family) ?? this.#last.get(family)?.dump.routes ?? []);
		this.#known.set(family, entries);
		return {entries, complete, unread: troubles.map(({message: _, ...unread}) => unread)};
	}

	#parse({stdout}: Answer, what: string, family: Family): Parsed {
		const last = this.#last.get(family);
		try {
			const dump = parseRouteDump(stdout, family, what, last?.dump, this.#tables.name);
			if (dump !== last?.dump) this.#last.set(family, kept(dump, last?.memory ?? new AnswerBuffer()));
			this.#onObjects?.(parseIpJson(stdout.toString('latin1'), what));
			return {dump};
		} catch (error) {
			if (!(error instanceof ShapeError)) throw error;
			return {apart: parseRoutesApart(stdout.toString('latin1'), {family, question: what, table: this.#tables.name}, error)};
		}
	}
}

function troublesOf(parsed: Parsed, message: string): Trouble[] {
	if ('dump' in parsed) return [];
	return parsed.apart.found.filter(isSick).map((route) => ({...route, message}));
}

/** The dump, with its bytes copied into the memory of the last one. */
function kept(dump: RouteDump, memory: AnswerBuffer): {dump: RouteDump; memory: AnswerBuffer} {
	memory.drop(memory.length);
	memory.push(dump.bytes);
	return {dump: {...dump, bytes: memory.view(memory.length)}, memory};
}
