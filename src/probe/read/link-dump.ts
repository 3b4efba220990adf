import {type JsonObject, ShapeError} from '../../json/fields.js';
import type {Link} from '../../model/link.js';
import {textOfLatin1} from '../../text/byte-text.js';
import {cutObjects, mostSick} from './cut-objects.js';
import {parseIpJson} from './ip-json.js';
import {linkOf} from './link.js';

/** A link that `ip` printed in an unreadable form, with the facts that its text still shows. */
export interface SickLink {
	readonly ifindex?: number;
	readonly ifname?: string;
	readonly kind?: string;
	readonly reason: string;
}

export interface LinkDump {
	readonly links: readonly Link[];
	/** The objects from which the links were read. */
	readonly objects: readonly JsonObject[];
	readonly sick: readonly SickLink[];
	/** Whether every link is either in `links`, or in `sick` with its index. */
	readonly accountsForAll: boolean;
}

/** `ip` has always printed the index first in JSON (print_linkinfo, ip/ipaddress.c). */
const start = /,\{"ifindex":/g;

/** Parses an answer of `ip -j addr show`. Throws a ShapeError if it is no list of links. */
export function parseLinkDump(latin1: string, question: string): LinkDump {
	try {
		const objects = parseIpJson(latin1, question);
		return {links: objects.map((object) => linkOf(object, question)), objects, sick: [], accountsForAll: true};
	} catch (error) {
		if (!(error instanceof ShapeError)) throw error;
		return parseApart(latin1, question, error);
	}
}

function parseApart(latin1: string, question: string, cause: ShapeError): LinkDump {
	const pieces = cutObjects(latin1, start);
	if (pieces === undefined) throw cause;
	const objects: JsonObject[] = [];
	const links: Link[] = [];
	const sick: SickLink[] = [];
	let accountsForAll = true;
	for (const {text, closed} of pieces) {
		try {
			for (const object of parseIpJson(`[${text}]`, question)) {
				links.push(linkOf(object, question));
				objects.push(object);
			}
		} catch (error) {
			if (!(error instanceof ShapeError) || sick.length === mostSick) throw error;
			const facts = factsIn(text);
			sick.push({...facts, reason: error.message});
			accountsForAll &&= closed && facts.ifindex !== undefined;
		}
	}
	return {links, objects, sick, accountsForAll};
}

/** The facts in an object that cannot be parsed: its first keys, and its kind. */
function factsIn(text: string): Omit<SickLink, 'reason'> {
	const ifindex = /^\{"ifindex":(\d{1,10}),/.exec(text)?.[1];
	const ifname = /"ifname":"((?:[^"\\]|\\.)*)"/.exec(text)?.[1];
	const kind = /"linkinfo":\{"info_kind":"([\w-]+)"/.exec(text)?.[1];
	const isTap = kind === 'tun' && /"info_data":\{"type":"tap"/.test(text);
	return {
		...(ifindex === undefined ? {} : {ifindex: Number(ifindex)}),
		...(ifname === undefined ? {} : {ifname: nameOf(ifname)}),
		...(kind === undefined ? {} : {kind: isTap ? 'tap' : kind}),
	};
}

function nameOf(escaped: string): string {
	try {
		return textOfLatin1(String(JSON.parse(`"${escaped}"`)));
	} catch {
		return textOfLatin1(escaped);
	}
}

/** A link, and the object from which it was read. */
export interface LinkEntry {
	readonly link: Link;
	readonly object: JsonObject;
	/** Why its details are missing. */
	readonly undetailed?: string;
}

export function entriesOf({links, objects}: LinkDump): LinkEntry[] {
	return links.flatMap((link, index) => {
		const object = objects[index];
		return object === undefined ? [] : [{link, object}];
	});
}
