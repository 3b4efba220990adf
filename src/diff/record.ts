import type {InterfaceRecord, RecordAddress} from '../model/announced.js';
import {type Address, type Family, isIpv6LinkLocal, type Link} from '../model/link.js';
import {hardwareAddress} from '../text/hardware-address.js';
import {goAddress} from '../text/ip-address.js';

const addressFamily = {inet: 2, inet6: 10} as const;

/**
 * What the runtime is told of a link: addresses of the chosen families, without IPv6 link-local ones. One local address
 * counts once, however many peers it has: the guest is not told of peers, and would refuse the second.
 *
 * @param isTold addresses that count although duplicate address detection has not ended
 */
export function recordOf(link: Link, families: readonly Family[], isTold: (address: string) => boolean = never): InterfaceRecord {
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

/** What an announced link is now. An address that was told stays while it is checked again: after the link was down, say. */
export function recordNow(link: Link, families: readonly Family[], told: InterfaceRecord): InterfaceRecord {
	return recordOf(link, families, (text) => told.addresses.some(({address}) => address === text));
}

function recordAddress(address: Address): RecordAddress {
	const text = goAddress(address.local);
	return {
		family: text.includes(':') ? addressFamily.inet6 : addressFamily.inet,
		address: text,
		mask: String(address.prefixlen),
	};
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
