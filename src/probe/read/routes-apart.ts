import {type JsonObject, ShapeError} from '../../json/fields.js';
import type {Family} from '../../model/link.js';
import type {Route} from '../../model/route.js';
import {cutObjects, mostSick} from './cut-objects.js';
import {parseIpJson} from './ip-json.js';
import {isCloned, routeOf} from './route.js';

/** A route that `ip` printed in an unreadable form. */
export interface SickRoute {
	readonly dst?: string;
	readonly reason: string;
}

/** Routes of a dump that cannot be parsed as a whole. */
export interface RoutesApart {
	/** In the order of the dump. */
	readonly found: readonly (Route | SickRoute)[];
	readonly objects: readonly JsonObject[];
	/** Whether no route can be hidden in the unreadable parts. */
	readonly accountsForAll: boolean;
}

/** How a route begins, with -d and without. */
const start = /,\{"(?:type|dst)":"/g;

/** Parses a dump of a table route by route. Throws a ShapeError if it is no list, or if nothing in it can be read. */
export function parseRoutesApart(
	latin1: string,
	{family, question, table}: {readonly family: Family; readonly question: string; readonly table: string},
	cause: ShapeError,
): RoutesApart {
	const pieces = cutObjects(latin1, start);
	if (pieces === undefined) throw cause;
	const objects: JsonObject[] = [];
	const found: (Route | SickRoute)[] = [];
	let sick = 0;
	let accountsForAll = true;
	for (const {text, closed} of pieces) {
		try {
			for (const object of parseIpJson(`[${text}]`, question)) {
				if (!isCloned(object)) found.push(routeOf(object, family, question, table));
				objects.push(object);
			}
		} catch (error) {
			if (!(error instanceof ShapeError) || sick === mostSick) throw error;
			sick += 1;
			const dst = /"dst":"([^"\\]*)"/.exec(text)?.[1];
			found.push({...(dst === undefined ? {} : {dst}), reason: error.message});
			accountsForAll &&= closed && dst !== undefined;
		}
	}
	// If the only route is unreadable, accept that. If there are several and none can be read, this `ip` cannot be used.
	if (objects.length === 0 && (sick !== 1 || !accountsForAll)) throw cause;
	return {found, objects, accountsForAll};
}

export function isSick(entry: Route | SickRoute): entry is SickRoute {
	return 'reason' in entry;
}

/** The routes. For those that cannot be read, the known routes to their destinations. */
export function withKnownRoutes({found, accountsForAll}: RoutesApart, known: readonly Route[]): Route[] {
	const taken = new Set(found.flatMap((entry) => (isSick(entry) ? [] : [JSON.stringify(entry)])));
	const taking = (routes: readonly Route[]) => {
		const left = routes.filter((route) => !taken.has(JSON.stringify(route)));
		for (const route of left) taken.add(JSON.stringify(route));
		return left;
	};
	const routes = found.flatMap((entry) => (isSick(entry) ? taking(known.filter(({dst}) => dst === entry.dst)) : [entry]));
	return accountsForAll ? routes : [...routes, ...taking(known)];
}
