import {isIPv4, isIPv6} from 'node:net';
import {ipv6Bytes} from './ip-address.js';

/** Bytes in hexadecimal. Eight of them could also be read as an IPv6 address, but inet_ntop(3) would write that without leading zeros. */
const inBytes = /^[\da-f]{2}(?::[\da-f]{2})*$/i;

/**
 * The bytes of a hardware address that `ip` printed, in hexadecimal with colons; '' if there is none or all are zero. ll_addr_n2a
 * (lib/ll_addr.c) prints that of an IP tunnel as an IP address; Go's net.HardwareAddr always prints bytes.
 */
export function hardwareAddress(printed: string): string {
	const text = inBytes.test(printed) ? printed : bytesOfIpAddress(printed);
	return /[1-9a-f]/i.test(text) ? text : '';
}

/** Few links need this, and the first isIPv6 of a process takes 6 ms to compile its expression. */
function bytesOfIpAddress(printed: string): string {
	if (isIPv4(printed)) return hexBytes(printed.split('.').map(Number));
	return isIPv6(printed) ? hexBytes([...ipv6Bytes(printed)]) : printed;
}

function hexBytes(bytes: readonly number[]): string {
	return bytes.map((byte) => byte.toString(16).padStart(2, '0')).join(':');
}
