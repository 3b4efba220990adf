import {ShapeError} from '../../json/fields.js';
import {SnapshotError} from '../../model/errors.js';
import {type BareLink, bareLink, type Family, type Link} from '../../model/link.js';
import type {Route} from '../../model/route.js';
import {AnswerBuffer} from '../ask/answer-buffer.js';
import {type Answer, describeQuestion, type IpQueries, type Question} from '../ask/ip-queries.js';
import {parseIpJson} from './ip-json.js';
import {linkOf} from './link.js';
import {NexthopResolver} from './nexthops.js';
import {parseRouteDump, type RouteDump} from './route-dump.js';

/** What `ip` said; where it is not complete, entries may be missing and nothing may be concluded to be gone. */
export interface Dump<Entry> {
	readonly entries: readonly Entry[];
	readonly complete: boolean;
}

const allLinks: Question = {family: 'inet', words: ['addr', 'show']};
/** Asked as for IPv4: with -6 those of IPv4 are left out, and groups, which are of neither family. */
const allNexthops: Question = {family: 'inet', words: ['nexthop', 'show']};

const emptyDump: RouteDump = {bytes: Buffer.alloc(0), routes: [], starts: undefined, lacksNextHops: false};

/** rtnl_dump_done, lib/libnetlink.c: NLM_F_DUMP_INTR, valid JSON and exit 0 all the same. */
const interrupted = /dump was interrupted/i;
/** A table that nobody has used yet (5.0 to 5.13 and absent tables): exit 2, and it is an empty one. */
const noSuchTable = /FIB table does not exist/i;
/** Said with exit 0 where the answer is only a part. */
const partial = /truncated|buffer too small|dump terminated|EOF on netlink|no buffer space/i;

/** Every namespace has it (LOOPBACK_IFINDEX, net/core/dev.c), so a dump without it is not of all links. */
const loopbackIndex = 1;

/** Reads snapshots; what is equal to the last answer byte for byte is not parsed again. */
export class SnapshotReader {
	readonly #queries: IpQueries;
	#lastLinks: {readonly bytes: Buffer; readonly links: readonly Link[]} | undefined;
	readonly #resolvers = new Map<Family, NexthopResolver>();
	readonly #lastRoutes = new Map<Family, {readonly dump: RouteDump; readonly memory: AnswerBuffer}>();

	constructor(queries: IpQueries) {
		this.#queries = queries;
	}

	readLinks(): Promise<Dump<Link>> {
		const what = describeQuestion(allLinks);
		return this.#queries.ask(allLinks, (answer) => {
			const complete = checkAnswer(answer, what);
			if (this.#lastLinks?.bytes.equals(answer.stdout)) return {entries: this.#lastLinks.links, complete};
			const links = parseLinks(answer, what);
			if (complete && !links.some(({ifindex}) => ifindex === loopbackIndex)) throw new SnapshotError(`${what}: no loopback in it`);
			this.#lastLinks = {bytes: Buffer.from(answer.stdout), links};
			return {entries: links, complete};
		});
	}

	/**
	 * One link by its name. No entry means that none has the name now; an entry with another
	 * index than expected means that the name has moved. Undefined where the name cannot be asked for.
	 */
	async readLink(ifname: string): Promise<Dump<Link> | undefined> {
		return this.#readLinkAs('inet', ifname);
	}

	/**
	 * The same without its addresses. `ip -batch` has the kernel tell it those of all links, and throws away what was
	 * not asked for: it never asks for a strict dump (batch, ip/ip.c).
	 */
	async readBareLink(ifname: string): Promise<Dump<BareLink> | undefined> {
		const dump = await this.#readLinkAs('link', ifname);
		return dump === undefined ? undefined : {...dump, entries: dump.entries.map(bareLink)};
	}

	/** Routes with the next hops that their nexthop objects stand for. */
	async readRoutes(family: Family): Promise<Dump<Route>> {
		const {dump, complete} = await this.#readRouteDump(family);
		if (!dump.lacksNextHops) return {entries: dump.routes, complete};
		return this.#queries.ask(allNexthops, (answer) => {
			const what = describeQuestion(allNexthops);
			const wholeAnswer = checkAnswer(answer, what);
			const resolver = this.#resolvers.get(family) ?? new NexthopResolver();
			this.#resolvers.set(family, resolver);
			const resolved = checked(() => resolver.resolve(dump.routes, answer.stdout, what));
			return {entries: resolved.entries, complete: complete && wholeAnswer && resolved.complete};
		});
	}

	#readRouteDump(family: Family): Promise<{dump: RouteDump; complete: boolean}> {
		const question: Question = {family, words: ['route', 'show', 'table', 'main']};
		return this.#queries.ask(question, (answer) => {
			if (!answer.ok && noSuchTable.test(answer.stderr)) return {dump: emptyDump, complete: true};
			const what = describeQuestion(question);
			const complete = checkAnswer(answer, what);
			const last = this.#lastRoutes.get(family);
			const dump = checked(() => parseRouteDump(answer.stdout, family, what, last?.dump));
			if (dump !== last?.dump) this.#lastRoutes.set(family, kept(dump, last?.memory ?? new AnswerBuffer()));
			return {dump, complete};
		});
	}

	async #readLinkAs(family: 'inet' | 'link', ifname: string): Promise<Dump<Link> | undefined> {
		const question: Question = {family, words: ['addr', 'show', 'dev', ifname]};
		if (!this.#queries.canAsk(question.words)) return undefined;
		return this.#queries.ask(question, (answer) => {
			if (!answer.ok && /does not exist|no such device|cannot find device/i.test(answer.stderr)) return {entries: [], complete: true};
			const what = describeQuestion(question);
			const complete = checkAnswer(answer, what);
			return {entries: parseLinks(answer, what), complete};
		});
	}
}

/** The dump with its bytes copied to where those of the last one were. */
function kept(dump: RouteDump, memory: AnswerBuffer): {dump: RouteDump; memory: AnswerBuffer} {
	memory.drop(memory.length);
	memory.push(dump.bytes);
	return {dump: {...dump, bytes: memory.view(memory.length)}, memory};
}

/** Whether the answer is complete; throws where it is none. */
function checkAnswer(answer: Answer, what: string): boolean {
	if (!answer.ok) throw new SnapshotError(`${what}: failed: ${answer.stderr.trim() || 'without a message'}`);
	if (partial.test(answer.stderr)) throw new SnapshotError(`${what}: ${answer.stderr.trim()}`);
	return !interrupted.test(answer.stderr);
}

function parseLinks(answer: Answer, what: string): Link[] {
	return checked(() => parseIpJson(answer.stdout.toString('latin1'), what).map((entry) => linkOf(entry, what)));
}

/** An answer of another shape than expected is an error as a whole, never a half-read snapshot. */
function checked<Result>(parse: () => Result): Result {
	try {
		return parse();
	} catch (error) {
		if (error instanceof ShapeError) throw new SnapshotError(error.message, {cause: error});
		throw error;
	}
}
