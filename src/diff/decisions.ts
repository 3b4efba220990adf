import {type AnnouncedInterface, entryFinder} from '../model/announced.js';
import type {Decision} from '../model/decision.js';
import {type InterfaceTable, identityKey} from '../model/interface-table.js';
import type {Picture} from '../model/picture.js';
import type {HeldReason, RouteReason} from '../model/reason.js';
import type {Route} from '../model/route.js';
import type {Rules} from '../model/rules.js';
import {guestOf} from './guest.js';
import {selectRoutes} from './list-routes.js';
import {judge} from './rules.js';
import type {Held} from './shared-address.js';

/** Reasons why a route is sent with changes. */
const changes: ReadonlySet<RouteReason['code']> = new Set(['one-of-several', 'source-unknown', 'gateway-link-route']);

/**
 * What the rules say about each interface and each route of the main table, the only table that is sent to a runtime. Computed when
 * somebody asks. Calls do not use it: they follow from the same rules.
 *
 * @param now milliseconds of the clock that the table uses
 * @param held the announced interfaces that stay although they should be detached
 */
export function decisionsOf(
	{table, routes}: Picture,
	announced: readonly AnnouncedInterface[],
	rules: Rules,
	now: number,
	held: readonly Held[] = [],
): Decision[] {
	const heldBy = new Map(held.map(({entry, reason}) => [identityKey(entry), reason]));
	return [...ofInterfaces(table, announced, rules, now, heldBy), ...ofRoutes(inMainTable(routes), table, announced, rules)];
}

function inMainTable(routes: Picture['routes']): readonly Route[] {
	return [...routes.values()].flat().filter((route) => route.table === 'main');
}

function ofInterfaces(
	table: InterfaceTable,
	announced: readonly AnnouncedInterface[],
	rules: Rules,
	now: number,
	heldBy: ReadonlyMap<string, HeldReason>,
): Decision[] {
	const entryOf = entryFinder(announced);
	const decisions: Decision[] = [];
	for (const tracked of table.values()) {
		const {ifindex, ifname, flags, operstate, addr_info} = tracked.link;
		const entry = entryOf(ifindex, tracked.incarnation);
		const verdict = judge(tracked, entry, rules, now);
		const {code, ...reasonFacts} = verdict.reason;
		const waits = verdict.decision === 'waiting' ? {wait_ms: Math.max(0, Math.round(verdict.until - now))} : {};
		const addresses = addr_info.map(({local, prefixlen}) => `${local}/${prefixlen}`);
		const subject = {interface: ifname, ifindex};
		const held = entry && heldBy.get(identityKey(entry));
		if (held !== undefined) {
			decisions.push({subject, ...keptFor(held), facts: {flags, operstate, addresses, announced_as: entry?.record.name, ...factsOf(held)}});
			continue;
		}
		decisions.push({
			subject,
			decision: decisionFor(verdict.decision, entry, code === 'announced' || code === 'change-not-told'),
			code,
			facts: {flags, operstate, addresses, ...reasonFacts, ...waits, ...(entry === undefined ? {} : {announced_as: entry.record.name})},
		});
	}
	for (const entry of announced) {
		const {ifindex, incarnation, record, standing} = entry;
		if (table.get(ifindex)?.incarnation === incarnation) continue;
		const facts = {announced_as: record.name, hwaddr: record.hwaddr, standing};
		const held = heldBy.get(identityKey(entry));
		const decided = held === undefined ? ({decision: 'to-delete', code: 'gone'} as const) : keptFor(held);
		decisions.push({subject: {interface: record.name, ifindex}, ...decided, facts: {...facts, ...(held && factsOf(held))}});
	}
	return decisions;
}

function keptFor({code}: HeldReason): Pick<Decision, 'decision' | 'code'> {
	return {decision: 'kept', code};
}

function factsOf(reason: HeldReason): Decision['facts'] {
	if (reason.code === 'name-kept') return {name: reason.name};
	const {hwaddr, ifname: sharer, kind} = reason;
	return {hwaddr, sharer, kind};
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
