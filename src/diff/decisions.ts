import {type AnnouncedInterface, entryFinder} from '../model/announced.js';
import type {Decision} from '../model/decision.js';
import type {InterfaceTable} from '../model/interface-table.js';
import type {Picture} from '../model/picture.js';
import type {RouteReason} from '../model/reason.js';
import type {Route} from '../model/route.js';
import type {Rules} from '../model/rules.js';
import {guestOf} from './guest.js';
import {selectRoutes} from './list-routes.js';
import {judge} from './rules.js';

/** Reasons why a route is sent with changes. */
const changes: ReadonlySet<RouteReason['code']> = new Set(['one-of-several', 'source-unknown', 'gateway-link-route']);

/**
 * What the rules decide about each interface and route. Computed on demand and not stored; the calls follow from the same rules.
 *
 * @param now the current time on the clock of the table's times, in milliseconds
 */
export function decisionsOf({table, routes}: Picture, announced: readonly AnnouncedInterface[], rules: Rules, now: number): Decision[] {
	return [...ofInterfaces(table, announced, rules, now), ...ofRoutes([...routes.values()].flat(), table, announced, rules)];
}

function ofInterfaces(table: InterfaceTable, announced: readonly AnnouncedInterface[], rules: Rules, now: number): Decision[] {
	const entryOf = entryFinder(announced);
	const decisions: Decision[] = [];
	for (const tracked of table.values()) {
		const {ifindex, ifname, flags, operstate, addr_info} = tracked.link;
		const entry = entryOf(ifindex, tracked.incarnation);
		const verdict = judge(tracked, entry, rules, now);
		const {code, ...reasonFacts} = verdict.reason;
		const waits = verdict.decision === 'waiting' ? {wait_ms: Math.max(0, Math.round(verdict.until - now))} : {};
		const addresses = addr_info.map(({local, prefixlen}) => `${local}/${prefixlen}`);
		decisions.push({
			subject: {interface: ifname, ifindex},
			decision: decisionFor(verdict.decision, entry, code === 'announced' || code === 'change-not-told'),
			code,
			facts: {flags, operstate, addresses, ...reasonFacts, ...waits, ...(entry === undefined ? {} : {announced_as: entry.record.name})},
		});
	}
	for (const {ifindex, incarnation, record, standing} of announced) {
		if (table.get(ifindex)?.incarnation === incarnation) continue;
		const facts = {announced_as: record.name, hwaddr: record.hwaddr, standing};
		decisions.push({subject: {interface: record.name, ifindex}, decision: 'to-delete', code: 'gone', facts});
	}
	return decisions;
}

function decisionFor(
	verdict: 'wanted' | 'unwanted' | 'waiting',
	entry: AnnouncedInterface | undefined,
	settled: boolean,
): Decision['decision'] {
	if (verdict === 'waiting') return 'waiting';
	if (verdict === 'unwanted') return entry === undefined ? 'not-announced' : 'to-delete';
	return settled ? 'announced' : 'to-announce';
}

function ofRoutes(routes: readonly Route[], table: InterfaceTable, announced: readonly AnnouncedInterface[], rules: Rules): Decision[] {
	const {leftOut} = selectRoutes(routes, guestOf(table, announced), rules);
	const reasons = new Map<Route, RouteReason>();
	for (const {route, reason} of leftOut) {
		const known = reasons.get(route);
		// A reason to leave the route out wins over a reason to change it.
		if (known === undefined || (changes.has(known.code) && !changes.has(reason.code))) reasons.set(route, reason);
	}
	return routes.map((route) => {
		const {dst, family, dev, gateway, metric, type} = route;
		const subject = {route: dst, family, ...(dev === undefined ? {} : {dev}), ...(gateway === undefined ? {} : {gateway})};
		const facts = {type, ...(metric === undefined ? {} : {metric})};
		const reason = reasons.get(route);
		if (reason === undefined) return {subject, decision: 'sent', code: 'as-it-is', facts};
		const {code, ...reasonFacts} = reason;
		return {subject, decision: changes.has(code) ? 'sent-changed' : 'left-out', code, facts: {...facts, ...reasonFacts}};
	});
}
