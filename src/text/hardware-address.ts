import {isIP} from 'node:net';
import {addressBytes} from './ip-prefix.js';

/** Bytes in hexadecimal. Eight of them could also be read as an IPv6 address, but inet_ntop(3) would write that without leading zeros. */
const inBytes = /^[\da-f]{2}(?::[\da-f]{2})*$/i;

/**
 * The bytes of a hardware address that `ip` printed, in hexadecimal with colons; '' if there is none or all are zero. ll_addr_n2a
 * (lib/ll_addr.c) prints that of an IP tunnel as an IP address; Go's net.HardwareAddr always prints bytes.
 */
export function hardwareAddress(printed: string): string {
	// Few links need isIP, and its first call in a process takes 6 ms to compile its expression.
	const text = inBytes.test(printed) || isIP(printed) === 0 ? printed : hexBytes(addressBytes(printed));
	return /[1-9a-f]/i.test(text) ? text : '';
}

export function hexBytes(bytes: readonly number[]): string {
	return bytes.map((byte) => byte.toString(16).padStart(2, '0')).join(':');
}
