import type {AnnouncedInterface, InterfaceRecord, RecordAddress} from '../model/announced.js';
import type {InterfaceTable, TrackedLink} from '../model/interface-table.js';
import {type Address, type Family, isIpv6LinkLocal, isLoopback, isRunning, type Link} from '../model/link.js';
import type {OnChange, Rules} from '../model/rules.js';
import {hardwareAddress} from '../text/hardware-address.js';
import {goAddress} from '../text/ip-address.js';

/** Why an interface is, or is not, to be announced. */
export type Verdict =
	| {readonly decision: 'wanted'; readonly record: InterfaceRecord; readonly reason: string}
	| {readonly decision: 'unwanted'; readonly reason: string}
	/** Wanted once this moment of the engine's clock has come, if nothing changes. */
	| {readonly decision: 'waiting'; readonly until: number; readonly reason: string};

/** Interfaces that the runtime makes for itself. The original tests "ends in" and "contains" (docs/rules.md, rule 3). */
export function isRuntimesOwn(ifname: string): boolean {
	return ifname.endsWith('kata');
}

const addressFamily = {inet: 2, inet6: 10} as const;

/** What the runtime is told of a link: addresses of the chosen families, without IPv6 link-local ones. */
export function recordOf(link: Link, families: readonly Family[]): InterfaceRecord {
	return {
		name: link.ifname,
		addresses: link.addr_info.filter((address) => counts(address, families)).map(recordAddress),
		mtu: link.mtu,
		hwaddr: hardwareAddress(link.address),
		linkType: link.link_kind,
	};
}

function counts(address: Address, families: readonly Family[]): boolean {
	return families.includes(address.family) && !isIpv6LinkLocal(address);
}

function recordAddress(address: Address): RecordAddress {
	const text = goAddress(address.local);
	return {
		family: text.includes(':') ? addressFamily.inet6 : addressFamily.inet,
		address: text,
		mask: String(address.prefixlen),
	};
}

/** docs/rules.md, rule 1: what has an address at the start, of whatever family, the runtime has attached itself. */
export function announcedAtStart(table: InterfaceTable, families: readonly Family[]): AnnouncedInterface[] {
	const announced: AnnouncedInterface[] = [];
	for (const {link, incarnation} of table.values()) {
		if (isLoopback(link) || isRuntimesOwn(link.ifname) || link.addr_info.length === 0) continue;
		announced.push({ifindex: link.ifindex, incarnation, record: recordOf(link, families), standing: 'told'});
	}
	return announced;
}

/** The rules for one interface (docs/rules.md, rules 1 to 5). */
export function judge(tracked: TrackedLink, entry: AnnouncedInterface | undefined, rules: Rules, now: number): Verdict {
	const {link} = tracked;
	if (isLoopback(link)) return {decision: 'unwanted', reason: 'loopback: the guest has its own'};
	if (isRuntimesOwn(link.ifname)) return {decision: 'unwanted', reason: "named …kata: the runtime's own"};
	const current = recordOf(link, rules.families);
	if (entry !== undefined) return judgeAnnounced(entry, current, rules.onChange);
	if (!isRunning(link)) return {decision: 'unwanted', reason: 'not UP and RUNNING'};
	if (current.addresses.length > 0) return {decision: 'wanted', record: current, reason: 'UP and RUNNING, has an address'};
	if (tracked.sinceStart) return {decision: 'unwanted', reason: 'there since the start, waits for its first address'};
	const until = tracked.changedAt + rules.addressWaitMs;
	if (now < until) return {decision: 'waiting', until, reason: 'has no address yet'};
	return {decision: 'wanted', record: current, reason: 'UP and RUNNING, no address came'};
}

function judgeAnnounced(entry: AnnouncedInterface, current: InterfaceRecord, onChange: OnChange): Verdict {
	// It must be told again anyway, so it is told as it is now.
	if (entry.standing !== 'told') return {decision: 'wanted', record: current, reason: 'to be told again'};
	if (sameRecord(entry.record, current)) return {decision: 'wanted', record: entry.record, reason: 'announced'};
	if (onChange === 'replace') return {decision: 'wanted', record: current, reason: 'changed'};
	if (onChange === 'first-address' && entry.record.addresses.length === 0 && current.addresses.length > 0) {
		return {decision: 'wanted', record: current, reason: 'has its first address'};
	}
	return {decision: 'wanted', record: entry.record, reason: `announced; its change is not told (--on-change ${onChange})`};
}

export function sameRecord(a: InterfaceRecord, b: InterfaceRecord): boolean {
	if (a === b) return true;
	return (
		a.name === b.name &&
		a.mtu === b.mtu &&
		a.hwaddr === b.hwaddr &&
		a.linkType === b.linkType &&
		a.addresses.length === b.addresses.length &&
		a.addresses.every((address, index) => {
			const other = b.addresses[index];
			return other?.family === address.family && other.address === address.address && other.mask === address.mask;
		})
	);
}
