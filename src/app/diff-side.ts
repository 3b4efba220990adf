import {readFileSync} from 'node:fs';
import type {Side} from '../diff/compare.js';
import {resolveNamespace} from '../host/namespace.js';
import {picturesAt} from '../journal/moment.js';
import {isObject, type JsonObject} from '../json/fields.js';
import {ComparisonError, JournalError, messageOf} from '../model/errors.js';
import type {Family} from '../model/link.js';
import type {DiffOptions, SideChoice} from '../options/diff-options.js';
import {linkOf} from '../probe/read/link.js';
import {routeOf} from '../probe/read/route.js';
import {localStamp} from '../report/lines.js';
import {checkJournal} from './log.js';
import {readOnce} from './read-once.js';

/** One side of a comparison, read. */
export interface ReadSide extends Side {
	/** The namespace it describes; undefined if unknown. */
	readonly namespace: string | undefined;
	/** The name by which a journal knows that namespace; absent for the journal's own, and for other sides. */
	readonly netns?: string;
	/** A note to print about it. */
	readonly note?: string;
	/** The families that it may contain. */
	readonly families: readonly Family[];
}

export async function readSide(side: SideChoice, options: DiffOptions): Promise<ReadSide> {
	if (side.kind === 'namespace') return readNow(side.netns, options);
	return side.kind === 'file' ? readFile(side.path, options) : readMoment(side, options);
}

async function readNow(netns: string | undefined, options: DiffOptions): Promise<ReadSide> {
	const namespace = resolveNamespace(netns);
	const {links, routes} = await readOnce(options.ip, namespace, options.families);
	return {links, routes, namespace: namespace.identity, families: options.families};
}

/** Reads the output of `snapshot --json` or `ip -j -d addr show`. */
function readFile(path: string, {families}: DiffOptions): ReadSide {
	try {
		// One character for each byte, like the output of ip.
		const content: unknown = JSON.parse(readFileSync(path, 'latin1'));
		if (Array.isArray(content)) {
			const note = `${path} has no routes: only interfaces are compared`;
			return {links: objects(content).map((entry) => linkOf(entry, path)), routes: undefined, namespace: undefined, families, note};
		}
		if (!isObject(content)) throw new Error('it is neither a list nor an object');
		const links = objects(content['interfaces']).map((entry) => linkOf(entry, path));
		const routes = objects(content['routes']).map((entry) => routeOf(entry, entry['family'] === 'inet6' ? 'inet6' : 'inet', path));
		return {links, routes, namespace: undefined, families};
	} catch (error) {
		throw new ComparisonError(
			`cannot compare ${path}: ${messageOf(error)}`,
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
	const {pictures, begins} = picturesAt(journal, at.getTime());
	if (pictures.size === 0) {
		const since = begins === undefined ? '' : `, it begins at ${localStamp(begins)}`;
		throw new JournalError(`the journal ${journal} has nothing of ${given}${since}`, 'See "netmon log" for what it has.');
	}
	const names = [...pictures.keys()];
	const name = names.length === 1 ? names[0] : names.find((each) => each === (netns ?? ''));
	const picture = name === undefined ? undefined : pictures.get(name);
	if (name === undefined || picture === undefined) {
		throw new JournalError(
			`the journal ${journal} has several namespaces: ${names.map((each) => each || '(its own)').join(', ')}`,
			'Name one of them with --netns NAME.',
		);
	}
	if (!picture.whole)
		throw new JournalError(`at ${given} the picture was not whole yet`, 'Name a later time: see "netmon log" for when it was ready.');
	const known = families.filter((family) => picture.families?.includes(family) !== false);
	return {
		links: picture.interfaces,
		routes: picture.routes,
		namespace: `journal ${name}`,
		...(name === '' ? {} : {netns: name}),
		families: known,
	};
}
