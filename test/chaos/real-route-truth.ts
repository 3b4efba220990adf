import {guestOf} from '../../src/diff/guest.js';
import {selectRoutes} from '../../src/diff/list-routes.js';
import {GuestKernel} from '../guest/guest-kernel.js';
import {defaultRules, makeLink, makeRoute, track} from '../helpers/records.js';
import type {SeenHop, SeenRoute} from './real-namespace.js';
import type {Endpoint, GuestRoute} from './real-runtime.js';
import type {Picture, RealRules} from './real-truth.js';

/** The guest's interface names, by the current link names in the namespace. */
export type GuestNames = ReadonlyMap<string, string>;

/** What the runtime sent itself before netmon started. It is judged at the end like every other list. */
export function listAtStart(picture: Picture, endpoints: readonly Endpoint[], names: GuestNames, rules: RealRules): GuestRoute[] {
	const table = new Map(
		picture.links.map(({ifindex, name, loopback}) => [
			ifindex,
			track(makeLink(ifindex, {ifname: name, flags: loopback ? ['LOOPBACK'] : []})),
		]),
	);
	const announced = picture.links.flatMap(({ifindex, name}) => {
		const endpoint = endpoints.find((each) => each.name === names.get(name));
		if (endpoint === undefined) return [];
		const addresses = endpoint.addresses.map((text) => {
			const [address = '', mask = ''] = text.split('/');
			return {family: text.includes(':') ? 10 : 2, address, mask} as const;
		});
		const {hwaddr, mtu, kind} = endpoint;
		return [{ifindex, incarnation: 0, standing: 'told', record: {name: endpoint.name, hwaddr, mtu, linkType: kind, addresses}} as const];
	});
	const routes = rules.families.flatMap((family) => picture.routes.filter((route) => route.family === family)).map(routeOf);
	const chosen = {...defaultRules, families: rules.families, kernelRoutes: rules.profile === 'kata-1.5'};
	return selectRoutes(routes, guestOf(table, announced), chosen).routes.map((route) => ({...route, dest: written(route.dest, rules)}));
}

function routeOf({family, dst, type, protocol, scope, prefsrc, special, encapsulated, hops, multipath}: SeenRoute) {
	const hopsOf = hops.map(({gateway, dev, weight, strange, dead}) => ({
		...(gateway === '' ? {} : {gateway}),
		...(strange ? {encap: '?'} : {}),
		dev,
		weight,
		flags: dead ? ['dead'] : [],
	}));
	const [only] = hopsOf;
	const facts = {
		family,
		type,
		protocol,
		scope,
		...(prefsrc === '' ? {} : {prefsrc}),
		...(special ? {tos: '?'} : {}),
		...(encapsulated ? {encap: '?'} : {}),
	};
	if (multipath) return makeRoute(dst, {...facts, nexthops: hopsOf});
	const {weight: _, ...hop} = only ?? {weight: 1, flags: []};
	return makeRoute(dst, {...hop, ...facts});
}

/** Rule 6, independent of src/diff: the guest accepts the list, and has each destination as the namespace has it. */
export function routeFaults(
	picture: Picture,
	endpoints: readonly Endpoint[],
	routes: readonly GuestRoute[],
	names: GuestNames,
	rules: RealRules,
): string[] {
	const faults: string[] = [];
	const own = new GuestKernel(endpoints);
	if (rules.profile === 'kata-1.13')
		faults.push(...new GuestKernel(endpoints).update(routes).map((refusal) => `the guest refuses ${refusal}`));
	const explained = new Set<GuestRoute>();
	for (const family of rules.families) {
		const listed = picture.routes.filter((route) => route.family === family && !isLeftToTheGuest(route));
		for (const dst of new Set(listed.map((route) => route.dst))) {
			const used = listed.find((route) => route.dst === dst && !route.special && isUsed(route, names));
			const hop = used === undefined ? undefined : usableHops(used, names)[0];
			const dest = written(destOf(dst, family, hop), rules);
			const sent = routes.find((route) => route.dest === dest && (dest !== '' || route.gateway.includes(':') === (family === 'inet6')));
			if (rules.profile === 'kata-1.13' && dst !== 'default' && own.has(dest)) continue;
			if (used === undefined || used.type !== 'unicast' || hop === undefined) {
				if (sent !== undefined && !isHelper(sent, routes))
					faults.push(`${dst} is sent as ${JSON.stringify(sent)}, though no route to it can be`);
				continue;
			}
			const device = names.get(hop.dev);
			if (sent === undefined || sent.gateway !== hop.gateway || sent.device !== device) {
				if (!isImpossible(hop, dst, device, endpoints, routes))
					faults.push(`${dst} is sent as ${JSON.stringify(sent)}, should go by ${device} ${hop.gateway}`);
				continue;
			}
			explained.add(sent);
			if (sent.source !== '' && sent.source !== used.prefsrc) faults.push(`${dst} is sent from ${sent.source}`);
		}
	}
	for (const route of routes) {
		if (!explained.has(route) && !isHelper(route, routes)) faults.push(`nothing in the namespace explains ${JSON.stringify(route)}`);
	}
	return faults;
}

/** Link-local networks, and the routes that the kernel makes for IPv6 addresses of the loopback. */
function isLeftToTheGuest({family, dst, protocol, hops}: SeenRoute): boolean {
	if (family === 'inet') return false;
	return (
		(/^fe[89ab]/.test(dst) && (dst.endsWith('/64') || protocol === 'kernel')) ||
		(protocol === 'kernel' && hops.every(({dev}) => dev === 'lo'))
	);
}

/** The routes that decide about their destination: those that the kernel uses, and that the guest can have or must not bypass. */
function isUsed(route: SeenRoute, names: GuestNames): boolean {
	return route.type !== 'unicast' || (!route.encapsulated && usableHops(route, names).length > 0);
}

function usableHops({hops}: SeenRoute, names: GuestNames): SeenHop[] {
	return hops.filter(({dev, dead, strange}) => !dead && !strange && names.has(dev)).sort((a, b) => b.weight - a.weight);
}

/** The guest has the gateway's address itself, or another route to it. */
function isImpossible(
	{gateway}: SeenHop,
	dst: string,
	device: string | undefined,
	endpoints: readonly Endpoint[],
	routes: readonly GuestRoute[],
): boolean {
	if (gateway === '') return false;
	const isOwn = endpoints.some(({addresses}) => addresses.some((text) => text.split('/')[0] === gateway));
	return (
		isOwn || dst === gateway || routes.some((route) => addressOf(route) === gateway && (route.gateway !== '' || route.device !== device))
	);
}

/** A link route to another route's gateway. */
function isHelper(route: GuestRoute, routes: readonly GuestRoute[]): boolean {
	const {gateway, device, scope} = route;
	return gateway === '' && scope === 253 && routes.some((other) => other.gateway === addressOf(route) && other.device === device);
}

function addressOf({dest}: GuestRoute): string {
	return dest.replace(/\/\d+$/, '');
}

function destOf(dst: string, family: 'inet' | 'inet6', hop: SeenHop | undefined): string {
	if (dst === 'default') return family === 'inet6' && hop?.gateway === '' ? '::/0' : '';
	return dst.includes('/') ? dst : `${dst}/${family === 'inet' ? 32 : 128}`;
}

function written(dest: string, {profile}: RealRules): string {
	return profile === 'kata-1.5' ? dest.replace(/\/\d+$/, '') : dest;
}
