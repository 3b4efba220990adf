import {Fields, isObject, type JsonObject} from '../../src/json/fields.js';
import type {RealIp} from './real-ip.js';

/** An address as the kernel has it now. */
export interface SeenAddress {
	readonly family: 'inet' | 'inet6';
	readonly local: string;
	readonly prefixlen: number;
	/** Duplicate address detection has not ended, or has found another host. */
	readonly unsure: boolean;
	/** Duplicate address detection has not ended. */
	readonly detecting: boolean;
}

/** A link as the kernel has it now; its name is a string of bytes. */
export interface SeenLink {
	readonly ifindex: number;
	readonly name: string;
	readonly kind: string;
	/** '' if it has none. */
	readonly hwaddr: string;
	readonly mtu: number;
	readonly up: boolean;
	readonly running: boolean;
	readonly loopback: boolean;
	readonly master: string | undefined;
	readonly addresses: readonly SeenAddress[];
}

export interface SeenHop {
	readonly gateway: string;
	readonly dev: string;
	readonly weight: number;
	/** Whether it is encapsulated or has a gateway of the other family, so that the guest cannot have it. */
	readonly strange: boolean;
	readonly dead: boolean;
}

export interface SeenRoute {
	readonly family: 'inet' | 'inet6';
	readonly dst: string;
	readonly type: string;
	readonly protocol: string;
	readonly scope: string;
	readonly prefsrc: string;
	/** A TOS, or the source that it is for. */
	readonly special: boolean;
	readonly encapsulated: boolean;
	readonly hops: readonly SeenHop[];
	readonly multipath: boolean;
}

/** The kernel's state, read by a fresh `ip` and without netmon's parsers of links and routes. */
export async function readLinks(ip: RealIp): Promise<SeenLink[]> {
	return objects(await ip.json('addr show')).map((entry) => {
		const fields = new Fields(entry, 'link');
		const flags = fields.strings('flags');
		return {
			ifindex: fields.integer('ifindex'),
			name: fields.string('ifname'),
			kind: kindOf(fields.optionalObject('linkinfo') ?? {}),
			hwaddr: hwaddrOf(fields.optionalString('address')),
			mtu: fields.integer('mtu'),
			up: flags.includes('UP'),
			running: flags.includes('UP') && !flags.includes('NO-CARRIER'),
			loopback: flags.includes('LOOPBACK'),
			master: fields.optionalString('master'),
			addresses: fields.objects('addr_info').map(addressOf),
		};
	});
}

export async function readRoutes(ip: RealIp, family: 'inet' | 'inet6'): Promise<SeenRoute[]> {
	const dump = await ip.json(`${family === 'inet6' ? '-6 ' : ''}route show table main`);
	const objectsOf = new Map(objects(await ip.json('nexthop show')).map((entry) => [entry['id'], entry]));
	return objects(dump).map((entry) => {
		const fields = new Fields(entry, 'route');
		const nexthops = fields.objects('nexthops');
		return {
			family,
			dst: fields.string('dst'),
			type: fields.optionalString('type') ?? 'unicast',
			protocol: fields.optionalString('protocol') ?? 'boot',
			scope: fields.optionalString('scope') ?? 'global',
			prefsrc: fields.optionalString('prefsrc') ?? '',
			special: fields.has('tos') || fields.has('from'),
			encapsulated: fields.has('encap'),
			hops: nexthops.length > 0 ? nexthops.map(hopOf) : hopsOf(entry, family, objectsOf),
			multipath: nexthops.length > 0 || new Fields(objectsOf.get(entry['nhid']) ?? {}, 'nexthop').has('group'),
		};
	});
}

/** The next hops of a route. With nexthop_compat_mode=0 they are in its nexthop object. */
function hopsOf(entry: JsonObject, family: 'inet' | 'inet6', nexthops: ReadonlyMap<unknown, JsonObject>): SeenHop[] {
	const nexthop = entry['dev'] === undefined ? nexthops.get(entry['nhid']) : undefined;
	if (nexthop === undefined) return [hopOf(entry)];
	const group = new Fields(nexthop, 'nexthop').objects('group');
	const inFamily = (hop: SeenHop) => ({...hop, strange: hop.strange || (family === 'inet' && hop.gateway.includes(':'))});
	if (group.length === 0) return [inFamily(hopOf(nexthop))];
	return group.flatMap(({id, weight}) => {
		const member = nexthops.get(id);
		return member === undefined ? [] : [{...inFamily(hopOf(member)), weight: typeof weight === 'number' ? weight : 1}];
	});
}

function hopOf(entry: JsonObject): SeenHop {
	const fields = new Fields(entry, 'next hop');
	return {
		gateway: fields.optionalString('gateway') ?? '',
		dev: fields.optionalString('dev') ?? '',
		weight: fields.optionalInteger('weight') ?? 1,
		strange: fields.has('encap') || fields.has('via'),
		dead: fields.strings('flags').includes('dead'),
	};
}

function kindOf(linkinfo: JsonObject): string {
	const fields = new Fields(linkinfo, 'linkinfo');
	const kind = fields.optionalString('info_kind') ?? 'device';
	const type = fields.optionalObject('info_data')?.['type'];
	return kind === 'tun' && type === 'tap' ? 'tap' : kind;
}

function hwaddrOf(printed: string | undefined): string {
	return printed === undefined || /^[0:]*$/.test(printed) ? '' : printed;
}

function addressOf(entry: JsonObject): SeenAddress {
	const fields = new Fields(entry, 'address');
	return {
		family: fields.string('family') === 'inet' ? 'inet' : 'inet6',
		local: fields.string('local'),
		prefixlen: fields.integer('prefixlen'),
		unsure: entry['tentative'] === true || entry['dadfailed'] === true,
		detecting: entry['tentative'] === true && entry['dadfailed'] !== true,
	};
}

function objects(dump: unknown): JsonObject[] {
	if (!Array.isArray(dump) || !dump.every(isObject)) throw new Error(`no list of objects: ${JSON.stringify(dump)}`);
	return dump;
}
