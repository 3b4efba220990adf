import {type AnnouncedInterface, entryFinder, type InterfaceRecord} from '../model/announced.js';
import type {InterfaceTable, LinkIdentity, TrackedLink} from '../model/interface-table.js';
import {type Family, isIpv6LinkLocal, isLoopback, isRunning, type Link} from '../model/link.js';
import type {InterfaceReason} from '../model/reason.js';
import {withoutNameClashes} from './name-clashes.js';
import {recordNow, recordOf, sameRecord} from './record.js';

export type OnChange = 'ignore' | 'first-address' | 'replace';

/** The choices that the rules of SPEC section 4 leave to the user. */
export interface Rules {
	readonly families: readonly Family[];
	readonly onChange: OnChange;
	readonly addressWaitMs: number;
	/** Whether routes of protocol `kernel` are sent (profile `kata-1.5`). */
	readonly kernelRoutes: boolean;
}

/** Why an interface is, or is not, to be announced. */
export type Verdict =
	| {readonly decision: 'wanted'; readonly record: InterfaceRecord; readonly reason: InterfaceReason}
	| {readonly decision: 'unwanted'; readonly reason: InterfaceReason}
	/** Wanted once this moment of the engine's clock has come, if nothing changes. */
	| {readonly decision: 'waiting'; readonly until: number; readonly reason: InterfaceReason};

/** Interfaces that the runtime makes for itself. The original tests "ends in" and "contains": SPEC rule 3. */
export function isRuntimesOwn(ifname: string): boolean {
	return ifname.endsWith('kata');
}

function hasTentative({addr_info}: Link, families: readonly Family[]): boolean {
	return addr_info.some((address) => address.tentative && families.includes(address.family) && !isIpv6LinkLocal(address));
}

const always = () => true;

/** SPEC rule 1: what has an address at the start, of whatever family and tentative or not, the runtime has attached itself. */
export function announcedAtStart(table: InterfaceTable, families: readonly Family[]): AnnouncedInterface[] {
	const announced: AnnouncedInterface[] = [];
	for (const {link, incarnation} of table.values()) {
		if (isLoopback(link) || isRuntimesOwn(link.ifname) || link.addr_info.length === 0) continue;
		announced.push({ifindex: link.ifindex, incarnation, record: recordOf(link, families, always), standing: 'told'});
	}
	return announced;
}

export interface Wish {
	readonly tracked: TrackedLink;
	readonly record: InterfaceRecord;
	readonly reason: InterfaceReason;
}

/** Which interfaces the runtime is to have, and when the next one may be due. */
export interface DesiredInterfaces {
	/** By ifindex; ask `wishFor` for an incarnation. */
	readonly wanted: ReadonlyMap<number, Wish>;
	readonly nextAt: number | undefined;
}

export function wishFor({wanted}: DesiredInterfaces, identity: LinkIdentity): Wish | undefined {
	const wish = wanted.get(identity.ifindex);
	return wish?.tracked.incarnation === identity.incarnation ? wish : undefined;
}

/** Which of the interfaces of a table the runtime is to have, in the order of the table. */
export function desireInterfaces(
	table: InterfaceTable,
	announced: readonly AnnouncedInterface[],
	rules: Rules,
	now: number,
): DesiredInterfaces {
	const wishes = collectWishes(new Map(), table.values(), announced, (tracked, entry) => judge(tracked, entry, rules, now));
	return withoutNameClashes(wishes, rules.families);
}

/** Judges these links anew, and puts what is wanted of them to the wishes. */
export function collectWishes(
	wanted: Map<number, Wish>,
	links: Iterable<TrackedLink>,
	announced: readonly AnnouncedInterface[],
	judged: (tracked: TrackedLink, entry: AnnouncedInterface | undefined) => Verdict,
): DesiredInterfaces {
	const entryOf = entryFinder(announced);
	let nextAt: number | undefined;
	for (const tracked of links) {
		const {ifindex} = tracked.link;
		const verdict = judged(tracked, entryOf(ifindex, tracked.incarnation));
		if (verdict.decision === 'wanted') wanted.set(ifindex, {tracked, record: verdict.record, reason: verdict.reason});
		else wanted.delete(ifindex);
		if (verdict.decision === 'waiting') nextAt = Math.min(nextAt ?? verdict.until, verdict.until);
	}
	return {wanted, nextAt};
}

/** The rules for one interface: docs/rules.md, 1 to 5. */
export function judge(tracked: TrackedLink, entry: AnnouncedInterface | undefined, rules: Rules, now: number): Verdict {
	const {link} = tracked;
	if (isLoopback(link)) return {decision: 'unwanted', reason: {code: 'loopback'}};
	if (isRuntimesOwn(link.ifname)) return {decision: 'unwanted', reason: {code: 'runtimes-own'}};
	if (entry !== undefined) return judgeAnnounced(entry, recordNow(link, rules.families, entry.record), rules.onChange);
	const current = recordOf(link, rules.families);
	if (!isRunning(link)) return {decision: 'unwanted', reason: {code: 'not-running'}};
	if (current.addresses.length > 0) return {decision: 'wanted', record: current, reason: {code: 'has-address'}};
	if (tracked.sinceStart) return {decision: 'unwanted', reason: {code: 'waits-for-first-address'}};
	// An event tells when the detection ends.
	if (hasTentative(link, rules.families)) return {decision: 'unwanted', reason: {code: 'address-tentative'}};
	const until = tracked.changedAt + rules.addressWaitMs;
	if (now < until) return {decision: 'waiting', until, reason: {code: 'waits-for-address'}};
	return {decision: 'wanted', record: current, reason: {code: 'no-address-came'}};
}

function judgeAnnounced(entry: AnnouncedInterface, current: InterfaceRecord, onChange: OnChange): Verdict {
	// It must be told again anyway, so it is told as it is now.
	if (entry.standing !== 'told') return {decision: 'wanted', record: current, reason: {code: 'announced-again'}};
	if (sameRecord(entry.record, current)) return {decision: 'wanted', record: entry.record, reason: {code: 'announced'}};
	if (onChange === 'replace') return {decision: 'wanted', record: current, reason: {code: 'changed'}};
	if (onChange === 'first-address' && entry.record.addresses.length === 0 && current.addresses.length > 0) {
		return {decision: 'wanted', record: current, reason: {code: 'first-address'}};
	}
	return {decision: 'wanted', record: entry.record, reason: {code: 'change-not-told', onChange}};
}
