import type {InterfaceTable, TrackedLink} from '../model/interface-table.js';
import type {Family} from '../model/link.js';
import type {Delta, LinkDelta, Picture, RouteSplice} from '../model/picture.js';
import type {Route} from '../model/route.js';
import {spliceBetween} from './route-splice.js';
import {type LinkLook, trackLink} from './track-link.js';

/** What one look read of the routes. */
export interface RouteLook {
	readonly byFamily: ReadonlyMap<Family, readonly Route[]>;
	/** False if entries may be missing (an interrupted dump): then no route counts as gone. */
	readonly complete: boolean;
}

/** What one look read: links, routes, or both. */
export interface Look {
	readonly links?: LinkLook | undefined;
	readonly routes?: RouteLook | undefined;
}

export interface Absorbed {
	readonly picture: Picture;
	readonly delta: Delta;
}

/** Takes a look into the picture and says what changed. Old and new are compared nowhere else. */
export function absorb(picture: Picture, look: Look, now: number): Absorbed {
	const {table, links} = look.links === undefined ? {table: picture.table, links: []} : absorbLinks(picture.table, look.links, now);
	if (look.routes === undefined) return {picture: {...picture, table}, delta: {links, routes: new Map()}};
	const routes = new Map(picture.routes);
	const splices = new Map<Family, RouteSplice>();
	for (const [family, list] of look.routes.byFamily) {
		const before = picture.routes.get(family) ?? [];
		const after = look.routes.complete ? list : withKnown(list, before);
		const splice = spliceBetween(before, after);
		routes.set(family, after);
		if (splice !== undefined) splices.set(family, splice);
	}
	return {picture: {table, routes}, delta: {links, routes: splices}};
}

/** The delta of the first picture: everything in it is new. */
export function everythingIn({table, routes}: Picture): Delta {
	return {
		links: [...table].map(([ifindex, after]) => ({ifindex, before: undefined, after})),
		routes: new Map([...routes].map(([family, list]) => [family, {start: 0, removed: [], added: list}])),
	};
}

/** The number of changed links and routes. */
export function sizeOf({links, routes}: Delta): number {
	return [...routes.values()].reduce((sum, {removed, added}) => sum + Math.max(removed.length, added.length), links.length);
}

/** First what went, then what came or changed, each in the order of the dump. */
function absorbLinks(table: InterfaceTable, look: LinkLook, now: number): {table: InterfaceTable; links: LinkDelta[]} {
	const next = new Map<number, TrackedLink>(look.exhaustive ? [] : table);
	const moved: LinkDelta[] = [];
	for (const link of look.seen) {
		const {ifindex} = link;
		const before = table.get(ifindex);
		const after = trackLink(before, link, look, now);
		next.set(ifindex, after);
		if (before !== after) moved.push({ifindex, before, after});
	}
	const seen = new Set(look.seen.map(({ifindex}) => ifindex));
	const gone: LinkDelta[] = [];
	for (const ifindex of look.exhaustive ? table.keys() : look.gone) {
		const before = table.get(ifindex);
		if (seen.has(ifindex) || before === undefined) continue;
		next.delete(ifindex);
		gone.push({ifindex, before, after: undefined});
	}
	const links = gone.concat(moved);
	// Return the same table if nothing changed, so that identity shows it.
	return links.length === 0 ? {table, links} : {table: next, links};
}

/** For a dump that may lack entries: known routes that are not in it count as there. */
function withKnown(seen: readonly Route[], known: readonly Route[]): readonly Route[] {
	const present = new Set(seen.map((route) => JSON.stringify(route)));
	return [...seen, ...known.filter((route) => !present.has(JSON.stringify(route)))];
}
