import type {AnnouncedRecord, RecordAddress} from '../model/announced.js';
import {type Address, type Family, isIpv6LinkLocal, type Link} from '../model/link.js';
import {goAddress} from '../text/go-address.js';
import {hardwareAddress} from '../text/hardware-address.js';

/**
 * The record of a link for the runtime: addresses of the chosen families, without IPv6 link-local ones. A local address counts once,
 * however many peers it has: the record holds no peers, and the guest would refuse a second one.
 *
 * @param isTold whether an address counts although its duplicate address detection has not ended
 */
export function recordOf(link: Link, families: readonly Family[], isTold: (address: string) => boolean = never): AnnouncedRecord {
	const addresses: RecordAddress[] = [];
	for (const address of link.addr_info) {
		if (!families.includes(address.family) || isIpv6LinkLocal(address) || address.dadfailed) continue;
		const record = recordAddress(address);
		if (address.tentative && !isTold(record.address)) continue;
		if (!addresses.some((other) => other.address === record.address)) addresses.push(record);
	}
	return {name: link.ifname, addresses, mtu: link.mtu, hwaddr: hardwareAddress(link.address), linkType: link.link_kind};
}

const never = () => false;

/** The current record of an announced link. An announced address stays while it is checked again, for example after a link was down. */
export function recordNow(link: Link, families: readonly Family[], told: AnnouncedRecord): AnnouncedRecord {
	return recordOf(link, families, (text) => told.addresses.some(({address}) => address === text));
}

function recordAddress(address: Address): RecordAddress {
	const text = goAddress(address.local);
	return {family: text.includes(':') ? 10 : 2, address: text, mask: String(address.prefixlen)};
}

export function sameRecord(a: AnnouncedRecord, b: AnnouncedRecord): boolean {
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
