import {isIPv4, isIPv6} from 'node:net';
import {Fields, isObject, type JsonObject, ShapeError} from '../../json/fields.js';
import type {Address, Link} from '../../model/link.js';
import {textOfLatin1} from '../../text/byte-text.js';
import {ipv6Bytes} from '../../text/ip-address.js';

/** Checks one entry of `ip -j -d addr show`. Throws a ShapeError that names the place. */
export function linkOf(entry: JsonObject, question: string): Link {
	const fields = new Fields(entry, `${question}: interface ${describe(entry)}`);
	const ifindex = fields.integer('ifindex');
	if (ifindex === 0) throw new ShapeError(`${question}: interface ${describe(entry)}: "ifindex" is 0`);
	const master = fields.optionalString('master');
	return {
		ifindex,
		ifname: textOfLatin1(fields.string('ifname')),
		flags: fields.strings('flags'),
		mtu: fields.integer('mtu'),
		operstate: fields.optionalString('operstate') ?? 'UNKNOWN',
		hwaddr: hardwareAddress(fields.optionalString('address') ?? ''),
		kind: kindOf(fields.optionalObject('linkinfo')),
		...(master === undefined ? {} : {master: textOfLatin1(master)}),
		addresses: fields.objects('addr_info').map((item) => addressOf(item, `${question}: address of ${describe(entry)}`)),
	};
}

function addressOf(item: JsonObject, place: string): Address {
	const fields = new Fields(item, place);
	const family = fields.string('family');
	if (family !== 'inet' && family !== 'inet6') throw new ShapeError(`${place}: unknown family "${family}"`);
	const peer = fields.optionalString('address');
	return {
		family,
		local: fields.string('local'),
		prefixlen: fields.integer('prefixlen'),
		scope: fields.optionalString('scope') ?? 'global',
		...(peer === undefined ? {} : {peer}),
	};
}

/** A tun/tap device has the kind `tun` in both modes (drivers/net/tun.c); its mode is in `info_data`. */
function kindOf(linkinfo: JsonObject | undefined): string {
	const kind = linkinfo?.['info_kind'];
	if (typeof kind !== 'string' || kind === '') return 'device';
	const data = linkinfo?.['info_data'];
	if (kind === 'tun' && isObject(data) && data['type'] === 'tap') return 'tap';
	return textOfLatin1(kind);
}

/** Bytes in hexadecimal. Eight of them could be read as an IPv6 address too, which inet_ntop(3) would write without their zeros. */
const inBytes = /^[\da-f]{2}(?::[\da-f]{2})*$/i;

/**
 * ll_addr_n2a (lib/ll_addr.c) prints the hardware address of an IP tunnel as an IP address;
 * everywhere else it is bytes in hexadecimal, as Go's net.HardwareAddr prints all of them.
 */
function hardwareAddress(printed: string): string {
	const text = inBytes.test(printed) ? printed : bytesOfIpAddress(printed);
	return /[1-9a-f]/i.test(text) ? text : '';
}

/** Asked of hardly any link: to compile its expression, the first isIPv6 of a process takes 6 ms of a start. */
function bytesOfIpAddress(printed: string): string {
	if (isIPv4(printed)) return hexBytes(printed.split('.').map(Number));
	return isIPv6(printed) ? hexBytes([...ipv6Bytes(printed)]) : printed;
}

function hexBytes(bytes: readonly number[]): string {
	return bytes.map((byte) => byte.toString(16).padStart(2, '0')).join(':');
}

function describe(entry: JsonObject): string {
	return JSON.stringify(entry['ifname'] ?? entry['ifindex'] ?? '?');
}
