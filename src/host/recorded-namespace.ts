import type {BareLink, Family, Link} from '../model/link.js';
import type {Route} from '../model/route.js';
import type {Dump} from '../probe/read/dump.js';
import type {AnyDump, Recorded} from './recorded.js';

/** A change of the namespace at a moment. */
interface Change {
	readonly at: number;
	apply(namespace: Contents): void;
}

interface Contents {
	readonly links: Map<number, Link>;
	/** Indices of links that `ip -d` could not show. */
	readonly undetailed: Set<number>;
	readonly routes: Map<Family, readonly Route[]>;
}

/**
 * What a recording knows about its namespace at each moment, for questions that the recorded engine did not ask. A recorded answer holds
 * from the first line of the monitor about its subject since the previous question, because that line announced the change. Without such
 * a line it holds from its own question on.
 */
export class RecordedNamespace {
	readonly #changes: readonly Change[];
	readonly #now: Contents = {links: new Map(), undetailed: new Set(), routes: new Map()};
	#applied = 0;

	constructor(lines: readonly Recorded[]) {
		this.#changes = changesIn(lines).toSorted((a, b) => a.at - b.at);
	}

	/** Lets time pass. */
	passTo(now: number): void {
		for (let next = this.#changes[this.#applied]; next !== undefined && next.at <= now; next = this.#changes[this.#applied]) {
			next.apply(this.#now);
			this.#applied += 1;
		}
	}

	links(): Dump<Link> {
		return this.#dump([...this.#now.links.values()]);
	}

	/** As `ip` finds it: by its name, by an alternative name, or as `ifINDEX`. */
	link(name: string): Dump<Link> {
		const links = [...this.#now.links.values()];
		const named = links.find(({ifname}) => ifname === name) ?? links.find(({altnames}) => altnames.includes(name));
		const found = named ?? this.#now.links.get(indexIn(name) ?? 0);
		return this.#dump(found === undefined ? [] : [found]);
	}

	bareLink(name: string): Dump<BareLink> {
		const {entries, ...rest} = this.link(name);
		return {...rest, entries: entries.map(({addr_info: _, ...link}) => link)};
	}

	routes(family: Family): Dump<Route> {
		return {entries: this.#now.routes.get(family) ?? [], complete: true};
	}

	#dump(entries: readonly Link[]): Dump<Link> {
		const undetailed = entries.map(({ifindex}) => ifindex).filter((ifindex) => this.#now.undetailed.has(ifindex));
		return {entries, complete: true, ...(undetailed.length === 0 ? {} : {undetailed})};
	}
}

function indexIn(name: string): number | undefined {
	const index = /^if(\d+)$/.exec(name)?.[1];
	return index === undefined ? undefined : Number(index);
}

interface Question {
	readonly order: number;
	readonly at: number;
	readonly text: string;
	readonly dump: AnyDump;
}

function changesIn(lines: readonly Recorded[]): Change[] {
	const heard = new Heard(lines);
	const changes: Change[] = [];
	/** When a subject was last asked about, in the order of the lines. */
	const asked = new Map<number | 'links' | Family, number>();
	const since = (subject: number | Family) =>
		Math.max(asked.get(subject) ?? -1, typeof subject === 'number' ? (asked.get('links') ?? -1) : -1);
	const known = new Set<number>();
	const holdsFrom = (subject: number | Family, {order, at}: Question) => {
		const after = since(subject);
		// What was there at the start was there before it was asked for.
		return heard.first(subject, after, order) ?? (after < 0 ? Number.NEGATIVE_INFINITY : at);
	};
	for (const question of answered(lines)) {
		const {text, dump, order} = question;
		const [, bare, name, family] = /^(?:(bare )?link (.*)|routes (inet6?)|links)$/s.exec(text) ?? [];
		if (family === 'inet' || family === 'inet6') {
			const routes = routesOf(dump);
			if (dump.complete) changes.push({at: holdsFrom(family, question), apply: (namespace) => void namespace.routes.set(family, routes)});
			if (dump.complete) asked.set(family, order);
			continue;
		}
		const undetailed = new Set(dump.undetailed);
		for (const link of linksOf(dump)) {
			const {ifindex} = link;
			known.add(ifindex);
			changes.push({at: holdsFrom(ifindex, question), apply: (namespace) => setLink(namespace, link, undetailed.has(ifindex))});
			if (name !== undefined) asked.set(ifindex, order);
		}
		const present = new Set([...linksOf(dump), ...(dump.unread ?? [])].map(({ifindex}) => ifindex));
		if (!dump.complete || bare !== undefined || present.has(undefined)) continue;
		// That no link has this name proves nothing about an index: the link may have been renamed.
		const index = name === undefined ? undefined : indexIn(name);
		const gone = name === undefined ? [...known] : index === undefined ? [] : [index];
		for (const ifindex of gone) {
			if (present.has(ifindex)) continue;
			known.delete(ifindex);
			changes.push({at: holdsFrom(ifindex, question), apply: (namespace) => void namespace.links.delete(ifindex)});
			if (name !== undefined) asked.set(ifindex, order);
		}
		if (name === undefined) asked.set('links', order);
	}
	return changes;
}

function setLink({links, undetailed}: Contents, link: Link | BareLink, isUndetailed: boolean): void {
	const {ifindex} = link;
	const before = links.get(ifindex);
	links.set(ifindex, 'addr_info' in link ? link : {...link, addr_info: before?.addr_info ?? []});
	if (isUndetailed) undetailed.add(ifindex);
	else undetailed.delete(ifindex);
}

/** The questions that have an answer, in the order in which they were asked. */
function answered(lines: readonly Recorded[]): readonly Question[] {
	const answers = new Map<number, AnyDump>();
	for (const line of lines) if (line.what === 'answer' && line.dump !== null) answers.set(line.id, line.dump);
	return lines.flatMap((line, order): Question[] => {
		if (line.what === 'picture') return pictureQuestions(line, order);
		const dump = line.what === 'ask' ? answers.get(line.id) : undefined;
		return line.what !== 'ask' || dump === undefined ? [] : [{order, at: line.at, text: line.question, dump}];
	});
}

/** The picture at the start of a part, as answers. */
function pictureQuestions({at, links, routes}: Extract<Recorded, {what: 'picture'}>, order: number): Question[] {
	const whole = (text: string, entries: AnyDump['entries']): Question => ({order, at, text, dump: {entries, complete: true}});
	return [whole('links', links), ...routes.map(({family, routes: list}) => whole(`routes ${family}`, list))];
}

/** The lines of the monitor, by what they are about. */
class Heard {
	readonly #links = new Map<number, Line[]>();
	readonly #all: Line[] = [];

	constructor(lines: readonly Recorded[]) {
		for (const [order, line] of lines.entries()) {
			if (line.what !== 'events') continue;
			for (const {ifindex, table} of line.events) {
				if (table === undefined) this.#all.push({order, at: line.at});
				if (ifindex === undefined) continue;
				const list = this.#links.get(ifindex);
				if (list === undefined) this.#links.set(ifindex, [{order, at: line.at}]);
				else list.push({order, at: line.at});
			}
		}
	}

	/** When the first line about the subject came, between two places in the recording. Any line may be about the routes. */
	first(subject: number | Family, after: number, before: number): number | undefined {
		const list = typeof subject === 'number' ? (this.#links.get(subject) ?? []) : this.#all;
		let [low, high] = [0, list.length];
		while (low < high) {
			const middle = (low + high) >> 1;
			if ((list[middle]?.order ?? 0) > after) high = middle;
			else low = middle + 1;
		}
		const line = list[low];
		return line === undefined || line.order > before ? undefined : line.at;
	}
}

interface Line {
	readonly order: number;
	readonly at: number;
}

function linksOf({entries}: AnyDump): readonly (Link | BareLink)[] {
	return entries.filter((entry) => 'ifindex' in entry);
}

function routesOf({entries}: AnyDump): readonly Route[] {
	return entries.filter((entry) => 'dst' in entry);
}
