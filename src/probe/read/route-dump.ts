import type {Family} from '../../model/link.js';
import type {Route} from '../../model/route.js';
import {parseIpJson} from './ip-json.js';
import {lacksNextHops} from './nexthops.js';
import {isCloned, routeOf} from './route.js';

/** The bytes between two routes of a dump with -d: each begins with its type. No string holds them, because `ip` escapes quotes. */
const boundary = '},{"type":"';

/** One dump of routes, with the offset of each, so that the next dump is parsed only where it differs. */
export interface RouteDump {
	readonly bytes: Buffer;
	readonly routes: readonly Route[];
	/** Offset of each route's `{`; undefined if the bytes do not have the usual form. */
	readonly starts: readonly number[] | undefined;
	/** Whether some route, now or in an earlier dump, had a nexthop object and no next hops. */
	readonly lacksNextHops: boolean;
}

/** What was asked for. */
interface Asked {
	readonly family: Family;
	readonly question: string;
	readonly table: string;
}

/** Parses a dump of a table. Routes that have not changed since the last dump are the same objects. */
export function parseRouteDump(bytes: Buffer, family: Family, question: string, last?: RouteDump, table = 'main'): RouteDump {
	const asked = {family, question, table};
	if (last === undefined) return parseWhole(bytes, asked);
	if (bytes.equals(last.bytes)) return last;
	return parseDifference(bytes, asked, last) ?? parseWhole(bytes, asked);
}

function parseWhole(bytes: Buffer, asked: Asked): RouteDump {
	const {routes, starts} = parsePiece(bytes, 0, bytes.length, asked);
	return {bytes, routes, starts, lacksNextHops: routes.some(lacksNextHops)};
}

function parseDifference(bytes: Buffer, asked: Asked, last: RouteDump): RouteDump | undefined {
	const {starts, routes} = last;
	if (starts === undefined || starts.length < 8) return undefined;
	const prefix = commonPrefix(bytes, last.bytes);
	const suffix = commonSuffix(bytes, last.bytes, Math.min(bytes.length, last.bytes.length) - prefix);
	// Keep a route if it and the comma after it lie in the common part.
	const kept = countBefore(starts, prefix) - 1;
	const resumed = countBefore(starts, last.bytes.length - suffix + 1);
	if (kept < 0) return undefined;
	const shift = bytes.length - last.bytes.length;
	const from = starts[kept] ?? 0;
	const resumedAt = starts[resumed];
	const to = resumedAt === undefined ? bytes.length : resumedAt + shift - 1;
	if (to < from || (resumedAt !== undefined && bytes[to] !== 44)) return undefined;
	const middle = parsePiece(bytes, from, to, asked);
	if (middle.starts === undefined) return undefined;
	return {
		bytes,
		routes: routes.slice(0, kept).concat(middle.routes, routes.slice(resumed)),
		starts: starts.slice(0, kept).concat(middle.starts, shifted(starts, resumed, shift)),
		lacksNextHops: last.lacksNextHops || middle.routes.some(lacksNextHops),
	};
}

function shifted(starts: readonly number[], from: number, shift: number): number[] {
	const moved = starts.slice(from);
	// No iterator over entries: it would allocate an object for each.
	for (let index = 0; shift !== 0 && index < moved.length; index += 1) moved[index] = (moved[index] ?? 0) + shift;
	return moved;
}

/** Parses the routes from one offset to another, whether or not the array's own brackets are among them. */
function parsePiece(bytes: Buffer, from: number, to: number, {family, question, table}: Asked) {
	const text = bytes.toString('latin1', from, to);
	const array = `${from === 0 ? '' : '['}${text}${to === bytes.length ? '' : ']'}`;
	const objects = parseIpJson(array, question);
	const routes: Route[] = [];
	for (const object of objects) {
		if (!isCloned(object)) routes.push(routeOf(object, family, question, table));
	}
	const starts = startsOf(text, from);
	return {routes, starts: starts.length === routes.length ? starts : undefined};
}

/** @param offset of the text in the dump: latin1 has one character for each byte */
function startsOf(text: string, offset: number): number[] {
	const first = text.indexOf('{"type":"');
	if (first < 0) return [];
	const starts = [offset + first];
	for (let at = text.indexOf(boundary, first); at >= 0; at = text.indexOf(boundary, at + 2)) starts.push(offset + at + 2);
	return starts;
}

/** How many of the ascending offsets are below the limit. */
function countBefore(offsets: readonly number[], limit: number): number {
	let low = 0;
	let high = offsets.length;
	while (low < high) {
		const middle = (low + high) >> 1;
		if ((offsets[middle] ?? 0) < limit) low = middle + 1;
		else high = middle;
	}
	return low;
}

/** Compare block by block: Buffer.compare runs at memory speed, a loop in JavaScript does not. */
const blockBytes = 4096;

function commonPrefix(a: Buffer, b: Buffer): number {
	const length = Math.min(a.length, b.length);
	let at = 0;
	while (at + blockBytes <= length && a.compare(b, at, at + blockBytes, at, at + blockBytes) === 0) at += blockBytes;
	while (at < length && a[at] === b[at]) at += 1;
	return at;
}

function commonSuffix(a: Buffer, b: Buffer, most: number): number {
	let count = 0;
	while (count + blockBytes <= most) {
		const fromA = a.length - count - blockBytes;
		const fromB = b.length - count - blockBytes;
		if (a.compare(b, fromB, fromB + blockBytes, fromA, fromA + blockBytes) !== 0) break;
		count += blockBytes;
	}
	while (count < most && a[a.length - count - 1] === b[b.length - count - 1]) count += 1;
	return count;
}
