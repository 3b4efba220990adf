import deepDiff from 'deep-diff';
import type {Difference} from '../model/change.js';
import type {Link} from '../model/link.js';
import {isRunning} from '../model/link.js';
import type {Route} from '../model/route.js';

/**
 * What changed inside one record. deep-diff is given single records only, and no lists: it
 * compares those by position, and large keyed objects in quadratic time.
 */
export function describeDifferences(before: object, after: object): Difference[] {
	return (deepDiff.diff(before, after) ?? []).map((difference) => ({
		path: (difference.path ?? []).map(String),
		...('lhs' in difference ? {before: difference.lhs} : {}),
		...('rhs' in difference ? {after: difference.rhs} : {}),
	}));
}

/** What of a link is worth a change: its lists become objects with a key per entry. */
export function linkFacts(link: Link): object {
	const addresses: Record<string, object> = {};
	for (const {family, local, prefixlen, scope, peer} of link.addresses) {
		addresses[`${local}/${prefixlen}`] = {family, scope, ...(peer === undefined ? {} : {peer})};
	}
	return {
		ifname: link.ifname,
		up: link.flags.includes('UP'),
		running: isRunning(link),
		mtu: link.mtu,
		hwaddr: link.hwaddr,
		kind: link.kind,
		...(link.master === undefined ? {} : {master: link.master}),
		addresses,
	};
}

export function routeFacts(route: Route): object {
	const {nexthops, ...facts} = route;
	if (nexthops === undefined) return facts;
	const hops: Record<string, object> = {};
	for (const {gateway, via, dev, ...hop} of nexthops) hops[`${gateway ?? via ?? ''}@${dev ?? ''}`] = hop;
	return {...facts, nexthops: hops};
}
