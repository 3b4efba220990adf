import {createHmac} from 'node:crypto';
import {isIPv6} from 'node:net';
import {hexBytes} from './hardware-address.js';
import {addressBytes} from './ip-prefix.js';

/** Networks whose meaning is in their first bits: addresses in them stay in them. Private, shared, link-local and multicast (RFC 6890). */
const ranges4 = ['10.0.0.0/8', '100.64.0.0/10', '169.254.0.0/16', '172.16.0.0/12', '192.168.0.0/16', '224.0.0.0/4'].map(prefixOf);
/** This host, loopback and reserved: these addresses are not changed. */
const known4 = ['0.0.0.0/8', '127.0.0.0/8', '240.0.0.0/4'].map(prefixOf);
/** Unicast, unique local, link-local, multicast (RFC 4291, RFC 4193). */
const ranges6 = ['2000::/3', 'fc00::/7', 'fe80::/10', 'fe80::/64', 'ff00::/8'].map(prefixOf);
/** Networks whose addresses end in an IPv4 address (RFC 4291, 2.5.5, RFC 6052). */
const embedding = ['::/96', '::ffff:0:0/96', '64:ff9b::/96'].map(prefixOf);
/** Only so many first bits are changed. The last ones identify a host in its network, and the first and the last host have a meaning. */
const turnedBits = {4: 24, 6: 112} as const;
/** Where the interface identifier of an IPv6 address starts (RFC 4291, 2.5.1). */
const identifierAt = 64;

/**
 * Replaces addresses, the same one always by the same. Two new addresses have as many first bits in common as the old ones
 * (prefix-preserving, as Crypto-PAn): whether a bit is turned depends on the bits before it and on a secret key. So an address of a network
 * becomes an address of the new network, and gateways, sources and destinations still fit.
 */
export class AddressDisguise {
	readonly #key: string;
	readonly #turns = new Map<string, boolean>();
	readonly #known = new Map<string, string>();

	/** @param key secret: it reveals the addresses */
	constructor(key: string) {
		this.#key = key;
	}

	/** An address as `ip` or Go prints it. */
	ip(text: string): string {
		const known = this.#known.get(text);
		if (known !== undefined) return known;
		const other = text.includes(':') ? this.#ipv6(text) : bytesText(this.#turned(bytesOf(text), turnedBits[4]));
		this.#known.set(text, other);
		return other;
	}

	/** An address with or without a prefix length. If the bits after the prefix are zero, they stay zero. */
	network(text: string): string {
		const [address = '', length] = text.split('/');
		if (length === undefined) return this.ip(address);
		const bits = Number(length);
		const isNetwork = !bitsOf(bytesOf(address)).slice(bits).includes('1');
		const other = this.ip(address);
		return `${isNetwork ? formOf(clearedBehind(bytesOf(other), bits), address) : other}/${length}`;
	}

	/** A hardware address of any length in hexadecimal. Zero and broadcast stay, and so do the group bit and the local bit. */
	hardware(text: string): string {
		const bytes = text.split(':').map((byte) => Number.parseInt(byte, 16));
		if (bytes.every((byte) => byte === 0) || bytes.every((byte) => byte === 0xff)) return text;
		// An IP tunnel has its IP address as its hardware address.
		if (bytes.length === 4) return hexBytes(bytesOf(this.ip(bytes.join('.'))));
		if (bytes.length === 16) return hexBytes(bytesOf(this.ip(formOf(bytes, '::'))));
		const digest = createHmac('sha256', this.#key).update(`mac ${text.toLowerCase()}`).digest();
		return hexBytes(bytes.map((byte, index) => (index === 0 ? (byte & 3) | ((digest[0] ?? 0) & 0xfc) : (digest[index % 32] ?? 0))));
	}

	#ipv6(text: string): string {
		const bytes = bytesOf(text);
		const bits = bitsOf(bytes);
		if (embedding.some((prefix) => bits.startsWith(prefix)))
			return formOf([...bytes.slice(0, 12), ...bytesOf(this.ip(bytesText(bytes.slice(12))))], text);
		const other = this.#turned(bytes, turnedBits[6]);
		return formOf(bytes[11] === 0xff && bytes[12] === 0xfe ? [...other.slice(0, 8), ...this.#madeOfHardware(bytes.slice(8))] : other, text);
	}

	/** An interface identifier with a hardware address in it (RFC 4291, appendix A). */
	#madeOfHardware(bytes: readonly number[]): readonly number[] {
		const [first = 0, ...rest] = [...bytes.slice(0, 3), ...bytes.slice(5)];
		const [other = 0, ...others] = this.hardware(hexBytes([first ^ 2, ...rest]))
			.split(':')
			.map((byte) => Number.parseInt(byte, 16));
		return [other ^ 2, ...others.slice(0, 2), 0xff, 0xfe, ...others.slice(2)];
	}

	#turned(bytes: readonly number[], until: number): number[] {
		const bits = bitsOf(bytes);
		let other = '';
		for (let at = 0; at < bits.length; at += 1) {
			const turned = at < until && this.#isTurned(bits.slice(0, at), bits.length);
			other += turned === (bits[at] === '1') ? '0' : '1';
		}
		return (other.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2));
	}

	/** Whether the bit after these is turned. */
	#isTurned(before: string, length: number): boolean {
		const ranges = length === 32 ? [...ranges4, ...known4] : [...ranges6, ...embedding];
		if (ranges.some((range) => range.length > before.length && range.startsWith(before))) return false;
		if (length === 32 ? known4.some((range) => before.startsWith(range)) : isSmall(before)) return false;
		const place = `${length} ${before}`;
		const known = this.#turns.get(place);
		if (known !== undefined) return known;
		const turned = ((createHmac('sha256', this.#key).update(place).digest()[0] ?? 0) & 1) === 1;
		this.#turns.set(place, turned);
		return turned;
	}
}

/** Whether these bits reach into an interface identifier and have only zeros there: it may be a small number. */
function isSmall(before: string): boolean {
	return before.length >= identifierAt && !before.slice(identifierAt).includes('1');
}

export function isHardwareAddress(text: string): boolean {
	return /^[\da-f]{2}(?::[\da-f]{2})+$/i.test(text) && !isIPv6(text);
}

function prefixOf(network: string): string {
	const [address = '', length] = network.split('/');
	return bitsOf(bytesOf(address)).slice(0, Number(length));
}

/** A zone (`%eth0`) is left out. */
function bytesOf(address: string): number[] {
	return addressBytes(address.split('%', 1)[0] ?? '');
}

function bitsOf(bytes: readonly number[]): string {
	return bytes.map((byte) => byte.toString(2).padStart(8, '0')).join('');
}

function clearedBehind(bytes: readonly number[], length: number): number[] {
	return bytes.map((byte, index) => {
		const bits = length - index * 8;
		return bits >= 8 ? byte : bits <= 0 ? 0 : byte & (0xff00 >> bits);
	});
}

function bytesText(bytes: readonly number[]): string {
	return bytes.join('.');
}

/** As inet_ntop(3) writes it. It ends in dotted form if the address that it replaces does. */
function formOf(bytes: readonly number[], like: string): string {
	if (bytes.length === 4) return bytesText(bytes);
	const groups = Array.from({length: 8}, (_, index) => ((bytes[index * 2] ?? 0) << 8) | (bytes[index * 2 + 1] ?? 0));
	const hex = groups.map((group) => group.toString(16));
	const texts = like.includes('.') ? [...hex.slice(0, 6), bytesText(bytes.slice(12))] : hex;
	const [longest] = [...texts.join(':').matchAll(/(?:^|(?<=:))0(?::0)+(?=:|$)/g)].toSorted((a, b) => b[0].length - a[0].length);
	if (longest === undefined) return texts.join(':');
	const text6 = texts.join(':');
	const before = text6.slice(0, longest.index).replace(/:$/, '');
	const after = text6.slice(longest.index + longest[0].length).replace(/^:/, '');
	return `${before}::${after}`;
}
