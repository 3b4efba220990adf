import deepDiff from 'deep-diff';
import type {Difference} from '../model/change.js';
import type {Link} from '../model/link.js';
import {isRunning} from '../model/link.js';
import type {Route} from '../model/route.js';
import {hardwareAddress} from '../text/hardware-address.js';

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
	for (const {family, local, prefixlen, scope, address: peer} of link.addr_info) {
		addresses[`${local}/${prefixlen}`] = {family, scope, ...(peer === undefined ? {} : {peer})};
	}
	return {
		ifname: link.ifname,
		up: link.flags.includes('UP'),
		running: isRunning(link),
		mtu: link.mtu,
		hwaddr: hardwareAddress(link.address),
		kind: link.link_kind,
		...(link.master === undefined ? {} : {master: link.master}),
		addresses,
	};
}

export function routeFacts({nexthops, flags, metrics, ...facts}: Route): object {
	const hops: Record<string, object> = {};
	for (const {gateway, via, dev, flags: own, ...hop} of nexthops ?? []) {
		hops[`${gateway ?? via?.host ?? ''}@${dev ?? ''}`] = {...hop, flags: own.join(' ')};
	}
	return {
		...facts,
		flags: flags.join(' '),
		...(metrics === undefined ? {} : {metrics: Object.assign({}, ...metrics)}),
		...(nexthops === undefined ? {} : {nexthops: hops}),
	};
}
