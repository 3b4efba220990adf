import {readFileSync} from 'node:fs';
import type {Side} from '../diff/compare.js';
import {isSameNamespace, resolveNamespace} from '../host/namespace.js';
import {picturesAt} from '../journal/moment.js';
import {isObject, type JsonObject, optional} from '../json/fields.js';
import {ComparisonError, JournalError, reasonOf} from '../model/errors.js';
import type {Kept} from '../model/event.js';
import type {Family} from '../model/link.js';
import type {DiffOptions, SideChoice} from '../options/diff-options.js';
import {linkOf} from '../probe/read/link.js';
import {routeOf} from '../probe/read/route.js';
import {routeTables} from '../probe/route-tables.js';
import {localStamp} from '../report/lines.js';
import {checkJournal} from './log.js';
import {readOnce} from './read-once.js';

/** One side of a comparison, read. */
export interface ReadSide extends Side {
	/** The namespace it describes; undefined if unknown. */
	readonly namespace: string | undefined;
	/** The name by which a journal knows that namespace; absent for the journal's own, and for other sides. */
	readonly netns?: string;
	/** Whether it has the routes of every table. */
	readonly everyTable?: boolean;
	/** A note to print about it. */
	readonly note?: string;
	/** The options that narrowed what it contains. */
	readonly kept: Kept;
}

/** @param other what it is compared with */
export async function readSide(side: SideChoice, options: DiffOptions, other: SideChoice): Promise<ReadSide> {
	// Only the main tables of two namespaces are compared.
	if (side.kind === 'namespace') return readNow(side.netns, options, other.kind !== 'namespace');
	return side.kind === 'file' ? readFile(side.path) : readMoment(side, options);
}

async function readNow(netns: string | undefined, options: DiffOptions, everyTable: boolean): Promise<ReadSide> {
	const namespace = resolveNamespace(netns);
	const {links, routes} = await readOnce(options.ip, namespace, options.families, routeTables(everyTable ? 'all' : 'main'));
	return {links, routes, everyTable, namespace: namespace.identity, kept: {}};
}

/** Reads the output of `snapshot --json` or `ip -j -d addr show`. */
function readFile(path: string): ReadSide {
	try {
		// One character for each byte, like the output of ip.
		const content: unknown = JSON.parse(readFileSync(path, 'latin1'));
		if (Array.isArray(content)) {
			const note = `${path} has no routes: only interfaces are compared`;
			return {links: objects(content).map((entry) => linkOf(entry, path)), routes: undefined, namespace: undefined, kept: {}, note};
		}
		if (!isObject(content)) throw new Error('it is neither a list nor an object');
		const links = objects(content['interfaces']).map((entry) => linkOf(entry, path));
		const routes = objects(content['routes']).map((entry) => routeOf(entry, entry['family'] === 'inet6' ? 'inet6' : 'inet', path));
		return {links, routes, namespace: undefined, kept: {}};
	} catch (error) {
		throw new ComparisonError(
			`cannot compare ${path}: ${reasonOf(error)}`,
			'A file has the output of "netmon snapshot --json" or "ip -j -d addr show". A namespace is written netns:NAME, a time @TIME.',
			{cause: error},
		);
	}
}

function objects(value: unknown): readonly JsonObject[] {
	if (!Array.isArray(value)) throw new Error('it has no list of interfaces and routes');
	return value.filter(isObject).filter((entry) => Object.keys(entry).length > 0);
}

function readMoment({at, given}: Extract<SideChoice, {kind: 'moment'}>, {journal, netns, families}: DiffOptions): ReadSide {
	checkJournal(journal);
	const {pictures, begins, gap} = picturesAt(journal, at.getTime());
	if (pictures.size === 0) {
		const since = begins === undefined || begins <= at.getTime() ? '' : `, it begins at ${localStamp(begins)}`;
		throw new JournalError(`the journal ${journal} has nothing of ${given}${since}`, 'See "netmon log" for what it has.');
	}
	if (gap !== undefined) {
		throw new JournalError(
			`the journal ${journal} has nothing from ${localStamp(gap.from)} to ${localStamp(gap.to)}, files of it were removed`,
			'Name another time.',
		);
	}
	const names = [...pictures.keys()];
	const isMeant = (each: string) => {
		// A journal of its own namespace does not know how others call it.
		if (names.length === 1 && (netns === undefined || each === '')) return true;
		return netns === undefined ? each === '' : isSameNamespace(each, netns);
	};
	const name = names.find(isMeant);
	const picture = name === undefined ? undefined : pictures.get(name);
	if (name === undefined || picture === undefined) {
		const has = netns === undefined ? 'several namespaces' : `nothing of the namespace "${netns}", but of others`;
		throw new JournalError(
			`the journal ${journal} has ${has}: ${names.map((each) => each || '(its own)').join(', ')}`,
			'Name one of them with --netns NAME.',
		);
	}
	if (!picture.whole) {
		throw new JournalError(
			`at ${given} the first snapshot was not complete yet`,
			'Name a later time: see "netmon log" for when it was ready.',
		);
	}
	const {interfaces: links, routes, kept} = picture;
	const note = noteOf(kept, families, journal);
	return {links, routes, namespace: `journal ${name}`, kept, ...optional('note', note), ...(name === '' ? {} : {netns: name})};
}

/** Says what the journal does not keep, and so cannot be compared. Throws if nothing is left to compare. */
function noteOf({families, only, dev}: Kept, asked: readonly Family[], journal: string): string | undefined {
	const lacksFamily = asked.some((family) => families?.includes(family) === false);
	const given = Object.entries({...(lacksFamily && {family: families}), ...(only && {only}), ...(dev && {dev})});
	if (given.length === 0) return undefined;
	const options = given.map(([name, values]) => `--${name} ${values?.join(',')}`).join(' ');
	// An address belongs to an interface.
	const topics = ['interface', 'route'].filter((topic) => only?.includes(topic) !== false);
	const [topic] = topics;
	if (topic === undefined) {
		throw new ComparisonError(
			`the journal ${journal} was kept with ${options}: it has nothing to compare`,
			'Keep interfaces or routes in it too.',
		);
	}
	return `the journal was kept with ${options}: ${topics.length === 1 ? `only ${topic}s are` : 'nothing else is'} compared`;
}
