import type {AnnouncedInterface, AnnouncedRecord} from '../model/announced.js';
import type {InterfaceTable, TrackedLink} from '../model/interface-table.js';
import {type Family, isIpv6LinkLocal, isLoopback, isRunning, type Link} from '../model/link.js';
import type {InterfaceReason} from '../model/reason.js';
import type {OnChange, Rules} from '../model/rules.js';
import {recordNow, recordOf, sameRecord} from './record.js';

/** Whether an interface is to be announced, and why. */
export type Verdict =
	| {readonly decision: 'wanted'; readonly record: AnnouncedRecord; readonly reason: InterfaceReason}
	| {readonly decision: 'unwanted'; readonly reason: InterfaceReason}
	/** Wanted from this time of the engine's clock on, if nothing changes. */
	| {readonly decision: 'waiting'; readonly until: number; readonly reason: InterfaceReason};

/** Interfaces that the runtime makes for itself. The original tests for "ends in" and "contains" (docs/rules.md, rule 3). */
export function isRuntimesOwn(ifname: string): boolean {
	return ifname.endsWith('kata');
}

/** An address whose detection has failed stays tentative (addrconf_dad_stop, net/ipv6/addrconf.c). */
function isDetecting({addr_info}: Link, families: readonly Family[]): boolean {
	return addr_info.some(
		(address) => address.tentative && !address.dadfailed && families.includes(address.family) && !isIpv6LinkLocal(address),
	);
}

const always = () => true;

/** docs/rules.md, rule 1: the runtime attached each interface that had an address at the start, of any family, tentative or not. */
export function announcedAtStart(table: InterfaceTable, families: readonly Family[]): AnnouncedInterface[] {
	const announced: AnnouncedInterface[] = [];
	for (const {link, incarnation} of table.values()) {
		if (isLoopback(link) || isRuntimesOwn(link.ifname) || link.addr_info.length === 0) continue;
		announced.push({ifindex: link.ifindex, incarnation, record: recordOf(link, families, always), standing: 'told'});
	}
	return announced;
}

/** The rules for one interface (docs/rules.md, rules 1 to 5). */
export function judge(tracked: TrackedLink, entry: AnnouncedInterface | undefined, rules: Rules, now: number): Verdict {
	const {link} = tracked;
	if (isLoopback(link)) return {decision: 'unwanted', reason: {code: 'loopback'}};
	if (isRuntimesOwn(link.ifname)) return {decision: 'unwanted', reason: {code: 'runtimes-own'}};
	if (entry !== undefined) return judgeAnnounced(entry, recordNow(link, rules.families, entry.record), rules.onChange);
	const current = recordOf(link, rules.families);
	if (!isRunning(link)) return {decision: 'unwanted', reason: {code: 'not-running'}};
	if (current.addresses.length > 0) return {decision: 'wanted', record: current, reason: {code: 'has-address'}};
	if (tracked.sinceStart) return {decision: 'unwanted', reason: {code: 'waits-for-first-address'}};
	// An event will report the end of the detection.
	if (isDetecting(link, rules.families)) return {decision: 'unwanted', reason: {code: 'address-tentative'}};
	const until = tracked.changedAt + rules.addressWaitMs;
	if (now < until) return {decision: 'waiting', until, reason: {code: 'waits-for-address'}};
	return {decision: 'wanted', record: current, reason: {code: 'no-address-came'}};
}

function judgeAnnounced(entry: AnnouncedInterface, current: AnnouncedRecord, onChange: OnChange): Verdict {
	// It must be announced again anyway, so announce it as it is now.
	if (entry.standing !== 'told') return {decision: 'wanted', record: current, reason: {code: 'announced-again'}};
	if (sameRecord(entry.record, current)) return {decision: 'wanted', record: entry.record, reason: {code: 'announced'}};
	if (onChange === 'replace') return {decision: 'wanted', record: current, reason: {code: 'changed'}};
	if (onChange === 'first-address' && entry.record.addresses.length === 0 && current.addresses.length > 0) {
		return {decision: 'wanted', record: current, reason: {code: 'first-address'}};
	}
	return {decision: 'wanted', record: entry.record, reason: {code: 'change-not-told', onChange}};
}
