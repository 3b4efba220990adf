import {addressWords} from './ip-prefix.js';

/**
 * Turns an address as `ip` prints it into the text that Go's net.IP prints. They differ for embedded IPv4 addresses: inet_ntop writes
 * `::ffff:1.2.3.4` and `::1.2.3.4`, Go writes `1.2.3.4` (To4) and `::102:304`.
 */
export function goAddress(text: string): string {
	if (!text.includes(':') || !text.includes('.')) return text;
	const start = text.lastIndexOf(':') + 1;
	const embedded = text.slice(start);
	if (text.startsWith('::ffff:')) return embedded;
	const [word = 0] = addressWords(embedded);
	return `${text.slice(0, start)}${(word >>> 16).toString(16)}:${(word & 0xffff).toString(16)}`;
}
