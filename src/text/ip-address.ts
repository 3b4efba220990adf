/** The sixteen bytes of an IPv6 address in any of its text forms (RFC 4291, 2.2). The text must be a valid address. */
export function ipv6Bytes(text: string): Uint8Array {
	const [head = '', tail] = text.split('::');
	const front = groupsOf(head);
	const back = tail === undefined ? [] : groupsOf(tail);
	const bytes = new Uint8Array(16);
	for (const [index, group] of front.entries()) setGroup(bytes, index, group);
	for (const [index, group] of back.entries()) setGroup(bytes, 8 - back.length + index, group);
	return bytes;
}

function setGroup(bytes: Uint8Array, index: number, group: number): void {
	bytes[index * 2] = group >> 8;
	bytes[index * 2 + 1] = group & 0xff;
}

function groupsOf(part: string): number[] {
	if (part === '') return [];
	return part.split(':').flatMap((group) => {
		if (!group.includes('.')) return [Number.parseInt(group, 16)];
		const [a = 0, b = 0, c = 0, d = 0] = group.split('.').map(Number);
		return [a * 256 + b, c * 256 + d];
	});
}

/**
 * Turns an address as `ip` prints it into the text that Go's net.IP prints. They differ for embedded IPv4 addresses: inet_ntop writes
 * `::ffff:1.2.3.4` and `::1.2.3.4`, Go writes `1.2.3.4` (To4) and `::102:304`.
 */
export function goAddress(text: string): string {
	if (!text.includes(':') || !text.includes('.')) return text;
	const embedded = text.slice(text.lastIndexOf(':') + 1);
	if (text.startsWith('::ffff:')) return embedded;
	const groups = groupsOf(embedded).map((group) => group.toString(16));
	return text.slice(0, text.lastIndexOf(':') + 1) + groups.join(':');
}

/** The family of an address or a network. */
export function familyOf(text: string): 'inet' | 'inet6' {
	return text.includes(':') ? 'inet6' : 'inet';
}

/** The same text for every address of one network of this length. */
export function networkKey(address: string, prefixlen: number): string {
	const bytes = address.includes(':') ? ipv6Bytes(address) : Uint8Array.from(address.split('.').map(Number));
	return `${bytes.map((byte, index) => byte & maskOfByte(prefixlen - index * 8)).join('.')}/${prefixlen}`;
}

/** The mask of a byte, given how many bits of the prefix are left at its start. */
function maskOfByte(bits: number): number {
	return bits >= 8 ? 0xff : bits <= 0 ? 0 : (0xff00 >> bits) & 0xff;
}
