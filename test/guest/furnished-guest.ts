import {Fields, isObject, type JsonObject} from '../../src/json/fields.js';
import {addressWords, covers, type Prefix, parsePrefix} from '../../src/text/ip-prefix.js';
import {makeNamespace, type TestNamespace} from '../helpers/namespace.js';
import type {GivenInterface, GivenRoute} from './guest-kernel.js';

export interface FurnishedInterface extends GivenInterface {
	readonly hwaddr: string;
	readonly mtu: number;
	/** The current name of the link in the namespace; undefined if it is gone. */
	readonly here: string | undefined;
}

/** A route of the namespace, as `ip -j -d route show` prints it. */
interface Shown {
	readonly entry: JsonObject;
	readonly prefix: Prefix;
	readonly hops: readonly JsonObject[];
}

/** Why the guest may use another way than the namespace. */
const exceptions: readonly {readonly why: string; applies(used: Shown, names: ReadonlyMap<string, string>): boolean}[] = [
	{why: 'the contract has unicast routes only', applies: ({entry}) => entry['type'] !== undefined && entry['type'] !== 'unicast'},
	{why: 'the contract has no TOS', applies: ({entry}) => entry['tos'] !== undefined},
	{why: 'the contract has no routes for one source', applies: ({entry}) => entry['from'] !== undefined},
	{why: 'the contract has no encapsulation', applies: ({hops}) => hops.some((hop) => hop['encap'] !== undefined)},
	{why: 'the contract has no gateways of the other family', applies: ({hops}) => hops.some((hop) => hop['via'] !== undefined)},
	{why: 'the guest has one of several next hops', applies: ({hops}) => hops.length > 1},
	{
		why: 'the loopback is not announced, and the kernel makes routes to its IPv6 addresses',
		applies: ({entry, hops, prefix}) => prefix.words.length > 1 && entry['protocol'] === 'kernel' && hops.every(({dev}) => dev === 'lo'),
	},
	{why: 'the guest does not have its interface', applies: ({hops}, names) => hops.every((hop) => !names.has(String(hop['dev'])))},
];

/**
 * Sets up a fresh namespace as the consumer's agent sets up the guest, and tries each destination of the other namespace. Returns what
 * was refused, and what takes another way.
 */
export async function furnish(
	from: TestNamespace,
	interfaces: readonly FurnishedInterface[],
	routes: readonly GivenRoute[],
	families: readonly ('inet' | 'inet6')[],
): Promise<string[]> {
	const guest = await makeNamespace();
	try {
		for (const [index, given] of interfaces.entries()) attach(guest, given, index);
		const faults = updateRoutes(guest, routes);
		const names = new Map([['lo', 'lo']]);
		for (const {here, name} of interfaces) if (here !== undefined) names.set(here, name);
		for (const family of families) faults.push(...compareWays(from, guest, names, family, interfaces));
		return faults;
	} finally {
		guest.close();
	}
}

function attach(guest: TestNamespace, {name, hwaddr, mtu, addresses}: FurnishedInterface, index: number): void {
	const peer = `peer${index}`;
	guest.batch([
		`link add name ${name} mtu ${mtu}${hwaddr === '' ? '' : ` address ${hwaddr}`} type veth peer name ${peer}`,
		`link set dev ${peer} addrgenmode none`,
		`link set dev ${peer} up`,
		...addresses.map((address) => `addr add ${address} dev ${name}${address.includes(':') ? ' nodad' : ''}`),
		`link set dev ${name} up`,
	]);
}

/** Sets up a guest, and then gives it one list after the other, each replacing the one before. Returns what it refuses. */
export function refusals(guest: TestNamespace, interfaces: readonly FurnishedInterface[]): (routes: readonly GivenRoute[]) => string[] {
	for (const [index, given] of interfaces.entries()) attach(guest, given, index);
	return (routes) => {
		for (const family of ['-4', '-6']) attempt(() => guest.ip(`${family} route flush table main proto boot`));
		return updateRoutes(guest, routes);
	};
}

/** Routes without a gateway first. "File exists" is forgiven if an existing route has the same destination and source. */
function updateRoutes(guest: TestNamespace, routes: readonly GivenRoute[]): string[] {
	const ordered = [...routes.filter(({gateway}) => gateway === ''), ...routes.filter(({gateway}) => gateway !== '')];
	return ordered.flatMap((route) => {
		const refusal = attempt(() => guest.ip(addCommand(route)));
		if (refusal === undefined) return [];
		if (refusal.includes('File exists') && isForgiven(guest, route)) return [];
		return [`the guest refuses ${JSON.stringify(route)}: ${refusal}`];
	});
}

function addCommand({dest, gateway, device, source, scope}: GivenRoute): string {
	const six = isSix(dest, gateway);
	const words = [dest === '' ? 'default' : dest, 'dev', device];
	if (gateway !== '') words.push('via', gateway);
	if (source !== '') words.push('src', source);
	return [six ? '-6' : '-4', 'route', 'add', ...words, ...(six ? [] : ['scope', String(scope)])].join(' ');
}

function isSix(dest: string, gateway: string): boolean {
	return dest.includes(':') || gateway.includes(':');
}

function isForgiven(guest: TestNamespace, {dest, gateway, source}: GivenRoute): boolean {
	const family = isSix(dest, gateway) ? '-6' : '-4';
	return objects(guest.ip(`${family} -j -d route show exact ${dest === '' ? 'default' : dest}`)).some(
		({prefsrc = ''}) => source === '' || prefsrc === source,
	);
}

function compareWays(
	from: TestNamespace,
	guest: TestNamespace,
	names: ReadonlyMap<string, string>,
	family: 'inet' | 'inet6',
	interfaces: readonly FurnishedInterface[],
): string[] {
	const option = family === 'inet6' ? '-6' : '-4';
	const shown = objects(from.ip(`${option} -j -d route show table main`)).map((entry) => shownOf(entry, family));
	const own = interfaces.flatMap(({name, addresses}) => addresses.map((text) => ({name, prefix: parsePrefix(text)})));
	return shown.flatMap(({entry, prefix}) => {
		const address = someAddress(prefix);
		if (address === undefined || String(entry['dst']).startsWith('fe80:')) return [];
		const used = usedFor(address, shown);
		if (used === undefined || exceptions.some(({applies}) => applies(used, names))) return [];
		const here = wayTo(from, option, address);
		if (here === undefined) return [];
		const there = wayTo(guest, option, address);
		const wanted = `${names.get(here.dev)} ${here.gateway}`;
		const found = there === undefined ? 'nowhere' : `${there.dev} ${there.gateway}`;
		if (wanted === found) return [];
		// The guest's kernel makes this route in any case.
		if (there !== undefined && own.some(({name, prefix: network}) => name === there.dev && covers(network, addressWords(address))))
			return [];
		return [`to ${address} (${entry['dst']}) the namespace goes by ${wanted}, and the guest by ${found}`];
	});
}

/** The narrowest living route, and the first of several. */
function usedFor(address: string, shown: readonly Shown[]): Shown | undefined {
	let used: Shown | undefined;
	for (const route of shown) {
		if (route.hops.length === 0 && route.entry['type'] === 'unicast') continue;
		if (!covers(route.prefix, addressWords(address)) || route.entry['tos'] !== undefined) continue;
		if (used === undefined || route.prefix.length > used.prefix.length) used = route;
	}
	return used;
}

function shownOf(entry: JsonObject, family: 'inet' | 'inet6'): Shown {
	const fields = new Fields(entry, 'route');
	const dst = fields.string('dst');
	const hops = (entry['nexthops'] === undefined ? [entry] : fields.objects('nexthops')).filter((hop) => !isDead(hop));
	return {entry, prefix: dst === 'default' ? {words: family === 'inet6' ? [0, 0, 0, 0] : [0], length: 0} : parsePrefix(dst), hops};
}

function isDead({flags}: JsonObject): boolean {
	return Array.isArray(flags) && flags.includes('dead');
}

/** An address in a network; neither its first nor its last one if there are others. */
function someAddress({words, length}: Prefix): string | undefined {
	const bits = words.length * 32;
	const last = (words.at(-1) ?? 0) + (length > bits - 3 ? 0 : 6);
	const all = length === 0 ? (bits === 32 ? [0xcb00710a] : [0x20010dbf, 0, 0, 10]) : [...words.slice(0, -1), last];
	if (bits === 32) return [24, 16, 8, 0].map((shift) => ((all[0] ?? 0) >>> shift) & 255).join('.');
	return all.map((word) => `${(word >>> 16).toString(16)}:${(word & 0xffff).toString(16)}`).join(':');
}

function wayTo(namespace: TestNamespace, option: string, address: string): {dev: string; gateway: string} | undefined {
	let way: JsonObject | undefined;
	const refusal = attempt(() => {
		[way] = objects(namespace.ip(`${option} -j -d route get ${address}`));
	});
	if (refusal !== undefined || way === undefined || (way['type'] ?? 'unicast') !== 'unicast') return undefined;
	return {dev: String(way['dev'] ?? ''), gateway: String(way['gateway'] ?? '')};
}

function attempt(run: () => unknown): string | undefined {
	try {
		run();
		return undefined;
	} catch (error) {
		return isObject(error) && typeof error['stderr'] === 'string' ? error['stderr'].trim() : String(error);
	}
}

/** Before 7.0, `ip` prints control characters in names raw (docs/iproute2.md). */
function objects(text: string): JsonObject[] {
	const parsed: unknown = JSON.parse(text.replace(/\p{Cc}/gu, ' '));
	return Array.isArray(parsed) ? parsed.filter(isObject) : [];
}
