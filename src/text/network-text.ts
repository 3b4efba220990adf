import {isIP} from 'node:net';
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
	const version = isIP(address);
	if (version === 0) return undefined;
	const longest = version === 4 ? 32 : 128;
	const prefixlen = prefix === undefined ? longest : Number(prefix);
	return prefixlen <= longest ? {address, prefixlen, withPrefix: prefix !== undefined} : undefined;
}

/** Whether both are the same address, however they are written. */
export function sameAddress(a: string, b: string): boolean {
	return addressWords(a).join() === addressWords(b).join();
}

/** Whether it is the first address of its network. */
export function isFirstAddress({address, prefixlen}: Network): boolean {
	return networkOf(address, prefixlen).words.join() === addressWords(address).join();
}
