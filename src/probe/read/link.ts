import {Fields, isObject, type JsonObject, optional, ShapeError} from '../../json/fields.js';
import type {Address, Family, Link} from '../../model/link.js';
import {textOfLatin1} from '../../text/byte-text.js';

/** Printed for a namespace that is being removed: the kernel gives it no number any more (peernet2id_alloc, net/core/net_namespace.c). */
const noNumber = -1;

/** Checks one entry of `ip -j -d addr show`. Throws a ShapeError that names the place. */
export function linkOf(entry: JsonObject, question: string): Link {
	const fields = new Fields(entry, `${question}: interface ${describe(entry)}`);
	const ifindex = fields.integer('ifindex');
	if (ifindex === 0) throw new ShapeError(`${question}: interface ${describe(entry)}: "ifindex" is 0`);
	return {
		ifindex,
		ifname: textOfLatin1(fields.string('ifname')),
		flags: fields.strings('flags'),
		mtu: fields.integer('mtu'),
		operstate: fields.optionalString('operstate') ?? 'UNKNOWN',
		link_type: fields.optionalString('link_type') ?? '',
		address: fields.optionalString('address') ?? '',
		...optional('broadcast', fields.optionalString('broadcast')),
		...optional('master', fields.optionalText('master')),
		link_kind: kindOf(fields.optionalObject('linkinfo')),
		...optional('link', fields.optionalText('link')),
		...optional('link_index', fields.optionalInteger('link_index')),
		...(entry['link_netnsid'] === noNumber ? {} : optional('link_netnsid', fields.optionalInteger('link_netnsid'))),
		altnames: fields.strings('altnames').map(textOfLatin1),
		...optional('ifalias', fields.optionalText('ifalias')),
		addr_info: addressesOf(fields.objects('addr_info'), `${question}: address of ${describe(entry)}`),
	};
}

function addressesOf(items: readonly JsonObject[], place: string): Address[] {
	const addresses: Address[] = [];
	for (const item of items) {
		const fields = new Fields(item, place);
		const family = familyOf(fields);
		if (family !== undefined) addresses.push(addressOf(item, family, fields));
	}
	return addresses;
}

/** Undefined for an address that is neither IPv4 nor IPv6: `ip` has no name for some families, and prints `family_index` instead. */
function familyOf(fields: Fields): Family | undefined {
	if (!fields.has('family') && fields.has('family_index')) return undefined;
	const family = fields.string('family');
	return family === 'inet' || family === 'inet6' ? family : undefined;
}

function addressOf(item: JsonObject, family: Family, fields: Fields): Address {
	return {
		family,
		local: fields.string('local'),
		prefixlen: fields.integer('prefixlen'),
		scope: fields.optionalString('scope') ?? 'global',
		...optional('address', fields.optionalString('address')),
		...optional('label', fields.optionalText('label')),
		...mark(item, 'dynamic'),
		...mark(item, 'tentative'),
		...mark(item, 'dadfailed'),
		...mark(item, 'deprecated'),
	};
}

/** `ip` prints a flag of an address as a key with the value true (print_ifa_flags, ip/ipaddress.c). */
function mark<Key extends string>(item: JsonObject, key: Key): {[K in Key]?: true} {
	return optional(key, item[key] === true ? true : undefined);
}

/** A tun/tap device has the kind `tun` in both modes (drivers/net/tun.c); its mode is in `info_data`. */
function kindOf(linkinfo: JsonObject | undefined): string {
	const kind = linkinfo?.['info_kind'];
	if (typeof kind !== 'string' || kind === '') return 'device';
	const data = linkinfo?.['info_data'];
	if (kind === 'tun' && isObject(data) && data['type'] === 'tap') return 'tap';
	return textOfLatin1(kind);
}

function describe(entry: JsonObject): string {
	return JSON.stringify(entry['ifname'] ?? entry['ifindex'] ?? '?');
}
