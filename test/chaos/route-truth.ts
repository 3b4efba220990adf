import {firstTable} from '../../src/diff/first-table.js';
import {guestOf} from '../../src/diff/guest.js';
import {selectRoutes} from '../../src/diff/list-routes.js';
import {announcedAtStart} from '../../src/diff/rules.js';
import type {Rules} from '../../src/model/rules.js';
import {type Kernel, type KernelHop, type KernelLink, type KernelRoute, linkShown, routeShown} from './kernel.js';
import {type GuestRoute, guestKernel, type SimulatedSandbox} from './simulated-consumer.js';

/** What the runtime sent itself before netmon started. It is judged at the end like every other list. */
export function listAtStart(kernel: Kernel, rules: Rules): GuestRoute[] {
	const links = [...kernel.links.values()].map((link) => ({...linkShown(link, undefined), addr_info: link.addresses}));
	const table = firstTable(links, 0);
	const guest = guestOf(table, announcedAtStart(table, rules.families));
	const routes = rules.families.flatMap((family) =>
		kernel.routes
			.filter((route) => route.family === family && route.table === 'main')
			.map((route) => routeShown(route, (ifindex) => kernel.links.get(ifindex)?.ifname ?? `if${ifindex}`)),
	);
	return selectRoutes(routes, guest, rules).routes.map(({dest, gateway, device, source, scope}) => ({
		Dest: dest,
		Gateway: gateway,
		Device: device,
		Source: source,
		Scope: scope,
	}));
}

/**
 * Rule 6, independent of src/diff: the guest accepts the list, it reaches each destination as the namespace does, and the list holds
 * nothing else than what leads there.
 */
export function routeFaults(
	kernel: Kernel,
	consumer: SimulatedSandbox,
	rules: Rules,
	nameOf: (link: KernelLink) => string | undefined,
): string[] {
	const {routes} = consumer;
	const guest = guestKernel(consumer.endpoints, !rules.kernelRoutes);
	const own = guestKernel(consumer.endpoints, !rules.kernelRoutes);
	const faults = guest.update(routes.map(given)).map((refusal) => `the guest refuses ${refusal}`);
	const explained = new Set<GuestRoute>();
	const guestName = ({ifindex}: KernelHop) => {
		const link = kernel.links.get(ifindex);
		return link === undefined || link.loopback ? link?.ifname : nameOf(link);
	};
	for (const family of rules.families) {
		const listed = kernel.routes.filter((route) => route.family === family && route.table === 'main' && !isLeftToTheGuest(route));
		for (const dst of new Set(listed.map((route) => route.dst))) {
			const used = listed.find(
				(route) => route.dst === dst && (route.type !== 'unicast' || route.hops.some((hop) => guestName(hop) !== undefined)),
			);
			const hop = used?.hops.filter((each) => guestName(each) !== undefined).sort((a, b) => b.weight - a.weight)[0];
			const dest = destOf(dst, family, hop);
			const sent = routes.find((route) => route.Dest === dest && (dst !== 'default' || isOf(route, family)));
			if (own.has(dest === '' && family === 'inet6' ? '::/0' : dest)) continue;
			if (used === undefined || used.type !== 'unicast') {
				if (sent !== undefined && !isHelper(sent, routes))
					faults.push(`${dst} is sent as ${JSON.stringify(sent)}, though no route to it can be`);
				continue;
			}
			const [gateway, device] = [hop?.gateway ?? '', hop === undefined ? '' : (guestName(hop) ?? '')];
			if (sent === undefined || sent.Gateway !== gateway || sent.Device !== device) {
				// If two interfaces reach one address, the guest can use only one of them.
				const taken = routes.some((route) => addressOf(route) === gateway && (route.Device !== device || route.Gateway !== ''));
				// A host that is its own gateway replaces a link route to it.
				const swallowed = listed.some((route) => route.dst === gateway && route.type !== 'unicast');
				if (gateway === '' || !(taken || swallowed || dst === gateway))
					faults.push(`${dst} is sent as ${JSON.stringify(sent)}, should go by ${device} ${gateway}`);
				continue;
			}
			explained.add(sent);
			if (sent.Source !== '' && sent.Source !== used.prefsrc) faults.push(`${dst} is sent from ${sent.Source}`);
			const way = guest.wayTo(someAddress(dst, family));
			if (way?.device !== device || way.gateway !== gateway)
				faults.push(`to ${dst} the guest goes by ${JSON.stringify(way)}, not by ${device} ${gateway}`);
		}
	}
	for (const route of routes) {
		if (!explained.has(route) && !isHelper(route, routes)) faults.push(`nothing in the namespace explains ${JSON.stringify(route)}`);
	}
	return faults;
}

/** Link-local networks, and the routes that the kernel makes for IPv6 addresses of the loopback. */
function isLeftToTheGuest({family, dst, protocol, hops}: KernelRoute): boolean {
	if (family === 'inet') return false;
	return dst.startsWith('fe80:') || (protocol === 'kernel' && hops.length > 0 && hops.every(({ifindex}) => ifindex === 1));
}

function given({Dest, Gateway, Device, Source, Scope}: GuestRoute) {
	return {dest: Dest, gateway: Gateway, device: Device, source: Source, scope: Scope};
}

/** A link route to another route's gateway. */
function isHelper(route: GuestRoute, routes: readonly GuestRoute[]): boolean {
	const {Gateway, Device, Scope} = route;
	return Gateway === '' && Scope === 253 && routes.some((other) => other.Gateway === addressOf(route) && other.Device === Device);
}

function addressOf({Dest}: GuestRoute): string {
	return Dest.replace(/\/\d+$/, '');
}

function isOf({Dest, Gateway}: GuestRoute, family: string): boolean {
	return (Dest.includes(':') || Gateway.includes(':')) === (family === 'inet6');
}

function destOf(dst: string, family: 'inet' | 'inet6', hop: KernelHop | undefined): string {
	if (dst === 'default') return family === 'inet6' && hop !== undefined && hop.gateway === undefined ? '::/0' : '';
	return dst.includes('/') ? dst : `${dst}/${family === 'inet' ? 32 : 128}`;
}

/** A destination that no narrower one covers. */
function someAddress(dst: string, family: 'inet' | 'inet6'): string {
	if (dst === 'default') return family === 'inet' ? '203.0.113.9' : '2001:dbf::9';
	const [address = '', length] = dst.split('/');
	if (length === undefined) return address;
	return family === 'inet' ? address.replace(/0$/, '77') : `${address.replace(/::$/, '')}${length === '48' ? ':ffff' : ''}::77`;
}
