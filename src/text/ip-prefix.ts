/** An address as 32-bit numbers: one for IPv4, four for IPv6. */
export type AddressWords = readonly number[];

/** A network. The bits after its length are zero. */
export interface Prefix {
	readonly words: AddressWords;
	readonly length: number;
}

/** The words of a valid address, in any of its text forms. */
export function addressWords(text: string): AddressWords {
	return text.includes(':') ? ipv6Words(text) : [ipv4Word(text)];
}

/** The family of an address or a network. */
export function familyOf(text: string): 'inet' | 'inet6' {
	return text.includes(':') ? 'inet6' : 'inet';
}

/** Its bytes: four for IPv4, sixteen for IPv6. */
export function addressBytes(text: string): number[] {
	return addressWords(text).flatMap((word) => [word >>> 24, (word >> 16) & 255, (word >> 8) & 255, word & 255]);
}

/** The network of this length that holds an address. */
export function networkOf(address: string, length: number): Prefix {
	const words = addressWords(address);
	if (words.length === 1) return {words: [((words[0] ?? 0) & wordMask(length)) >>> 0], length};
	return {words: words.map((word, index) => (word & wordMask(length - index * 32)) >>> 0), length};
}

/** Parses `10.0.0.0/8`, or a bare address as a network of one address. */
export function parsePrefix(text: string): Prefix {
	const slash = text.indexOf('/');
	if (slash < 0) {
		const words = addressWords(text);
		return {words, length: words.length * 32};
	}
	return networkOf(text.slice(0, slash), Number(text.slice(slash + 1)));
}

/** Equal for equal networks, however they are written. For IPv4 it is the text that `ip` prints, except for a bare address. */
export function prefixKey({words, length}: Prefix): string {
	const [first = 0] = words;
	if (words.length > 1) return `${words.join(':')}/${length}`;
	return `${first >>> 24}.${(first >> 16) & 255}.${(first >> 8) & 255}.${first & 255}/${length}`;
}

/** The same text for every address of one network of this length. */
export function networkKey(address: string, length: number): string {
	return prefixKey(networkOf(address, length));
}

/** Whether a network holds an address. Addresses of the other family are in none. */
export function covers({words, length}: Prefix, address: AddressWords): boolean {
	if (words.length !== address.length) return false;
	for (let index = 0; index < words.length && length > index * 32; index += 1) {
		const mask = wordMask(length - index * 32);
		if ((((words[index] ?? 0) ^ (address[index] ?? 0)) & mask) !== 0) return false;
	}
	return true;
}

/** The length of the narrowest of these networks that holds an address; -1 if none does. */
export function longestHolding(networks: readonly Prefix[], address: AddressWords): number {
	let length = -1;
	for (const network of networks) if (network.length > length && covers(network, address)) length = network.length;
	return length;
}

/** The last address of an IPv4 network: packets to it go to all its hosts. */
export function broadcastWord({words, length}: Prefix): number {
	return ((words[0] ?? 0) | ~wordMask(length)) >>> 0;
}

/** The mask of a word, given how many bits of the length are left. */
function wordMask(bits: number): number {
	if (bits >= 32) return -1;
	return bits <= 0 ? 0 : -1 << (32 - bits);
}

/** Parses digit by digit: this runs for each of a hundred thousand routes, and splitting would make an array for each. */
function ipv4Word(text: string): number {
	let word = 0;
	let part = 0;
	for (let index = 0; index < text.length; index += 1) {
		const code = text.charCodeAt(index);
		if (code === 46) {
			word = (word << 8) | part;
			part = 0;
		} else part = part * 10 + code - 48;
	}
	return ((word << 8) | part) >>> 0;
}

/** Parses any of the text forms of RFC 4291, 2.2. The text must be valid. */
function ipv6Words(text: string): AddressWords {
	const groups: number[] = [];
	let gap = -1;
	let group = 0;
	let digits = 0;
	for (let index = 0; index < text.length; index += 1) {
		const code = text.charCodeAt(index);
		if (code === 46) {
			// The last four bytes are written as an IPv4 address.
			const embedded = ipv4Word(text.slice(index - digits));
			groups.push(embedded >>> 16, embedded & 0xffff);
			digits = 0;
			break;
		}
		if (code !== 58) {
			group = group * 16 + hexDigit(code);
			digits += 1;
			continue;
		}
		if (digits > 0) groups.push(group);
		if (text.charCodeAt(index + 1) === 58) gap = groups.length;
		group = 0;
		digits = 0;
	}
	if (digits > 0) groups.push(group);
	const missing = 8 - groups.length;
	const at = (index: number) => (gap < 0 || index < gap ? groups[index] : index < gap + missing ? 0 : groups[index - missing]) ?? 0;
	return [wordOf(at(0), at(1)), wordOf(at(2), at(3)), wordOf(at(4), at(5)), wordOf(at(6), at(7))];
}

function wordOf(high: number, low: number): number {
	return ((high << 16) | low) >>> 0;
}

function hexDigit(code: number): number {
	return code <= 57 ? code - 48 : (code | 32) - 87;
}
