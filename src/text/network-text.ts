import {isIP, SocketAddress} from 'node:net';
import {addressWords, networkOf} from './ip-prefix.js';

/** An address with its prefix length; without a written one, that of a host. */
export interface Network {
	readonly address: string;
	readonly prefixlen: number;
	/** Whether a prefix length was written. */
	readonly withPrefix: boolean;
}

/** Parses `10.0.0.2`, `10.0.0.2/24`, `fd00::/64`; undefined if it is none of these. */
export function parseNetwork(text: string): Network | undefined {
	const [, address = '', prefix] = /^([^/%]+)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
	if (isIP(address) === 0) return undefined;
	const longest = longestPrefix(address);
	const prefixlen = prefix === undefined ? longest : Number(prefix);
	return prefixlen <= longest ? {address, prefixlen, withPrefix: prefix !== undefined} : undefined;
}

/** Whether both are the same address, however they are written. */
export function sameAddress(a: string, b: string): boolean {
	return addressWords(a).join() === addressWords(b).join();
}

/** As `ip` prints it: `default`, a host without its length, and an IPv6 address in its usual text form (inet_ntop(3)). */
export function printedNetwork({address, prefixlen}: Network): string {
	if (prefixlen === 0) return 'default';
	const host = address.includes(':') ? new SocketAddress({address, family: 'ipv6'}).address : address;
	return prefixlen === longestPrefix(address) ? host : `${host}/${prefixlen}`;
}

/** Whether it is the first address of its network. */
export function isFirstAddress({address, prefixlen}: Network): boolean {
	return networkOf(address, prefixlen).words.join() === addressWords(address).join();
}

function longestPrefix(address: string): 32 | 128 {
	return address.includes(':') ? 128 : 32;
}
