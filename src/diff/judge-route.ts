import type {RouteReason} from '../model/reason.js';
import type {NextHop, Route} from '../model/route.js';
import type {Rules} from '../model/rules.js';
import type {SendableRoute} from '../model/sendable-route.js';
import {goAddress} from '../text/go-address.js';
import {type AddressWords, addressWords, type Prefix, parsePrefix, prefixKey} from '../text/ip-prefix.js';
import {type Guest, type GuestInterface, isLinkLocalAddress, reachOf} from './guest.js';
import {destinationOf, isExpressible, linkScope, scopeNumber} from './sendable-route.js';

/** Why a route is not sent, or is sent with changes. */
export interface LeftOut {
	readonly route: Route;
	readonly reason: RouteReason;
	/** Whether the guest lacks something that the namespace has. */
	readonly warn: boolean;
}

/** A route that can be sent, unless another route has claimed its destination. */
export interface SendableJudged {
	readonly kind: 'send';
	readonly observed: Route;
	/** The destination; equal for equal destinations. */
	readonly claims: string;
	readonly route: SendableRoute;
	/** What is different in the guest. */
	readonly notes: readonly LeftOut[];
	/** Its destination if it has no gateway: gateways in there are reached by it. Undefined if it has a gateway. */
	readonly onLink: Prefix | undefined;
	readonly gateway: JudgedGateway | undefined;
}

export interface JudgedGateway {
	/** As `ip` prints it. */
	readonly text: string;
	readonly words: AddressWords;
	/** The length of the narrowest network that the guest's kernel makes and that holds the gateway; -1 if there is none. */
	readonly ownReach: number;
	/** Where the route leads. Only for IPv6, where a narrower route by a gateway hides a wider network. */
	readonly leadsTo: Prefix | undefined;
}

export type Judged =
	| SendableJudged
	| {
			readonly kind: 'leave-out';
			readonly leftOut: LeftOut;
			/** The destination, if no other route to it may be sent. */
			readonly claims?: string;
	  };

const noNotes: readonly LeftOut[] = [];

type Hop = Pick<NextHop, 'dev' | 'gateway' | 'via' | 'encap' | 'flags'>;

/** Judges one route for a known guest, without looking at other routes. docs/rules.md, rule 6. */
export function judgeRoute(route: Route, guest: Guest, rules: Rules): Judged {
	const {family, type} = route;
	const out = (reason: RouteReason, warn = true, claims?: string): Judged => ({
		kind: 'leave-out',
		leftOut: {route, reason, warn},
		...(claims === undefined ? {} : {claims}),
	});
	if (!rules.families.includes(family)) return out({code: 'family-not-chosen', family}, false);
	if (isLinkLocalNetwork(route)) return out({code: 'link-local'}, false);
	if (route.tos !== undefined) return out({code: 'tos', tos: route.tos});
	if (route.from !== undefined) return out({code: 'from', from: route.from});
	const claims = destinationKey(route);
	// The kernel drops, rejects or keeps this traffic: a later route to the same destination would let it pass.
	if (type !== 'unicast') return out({code: 'type', type}, true, claims);
	const living = (route.nexthops ?? [route]).filter(isAlive);
	const [first] = living;
	if (first === undefined) return out({code: 'dead'}, false);
	if (isLoopbackAddress(route, guest)) return out({code: 'loopback-address'}, false);
	const own = rules.kernelRoutes || guest.ownRoutes.size === 0 ? undefined : ownDevices(route, guest);
	if (own !== undefined) {
		const device = guest.interfaces.get(first.dev ?? '')?.name;
		if (device === undefined && isKernels(route)) return out({code: 'no-interface', dev: first.dev ?? ''}, false, claims);
		const same = living.length === 1 && isOnLink(first) && device !== undefined && own.includes(device);
		return same ? out({code: 'guest-makes-it'}, false, claims) : out({code: 'guest-route-first', device: own[0] ?? ''}, true, claims);
	}
	return judgeHops(route, living, claims, guest, rules);
}

function judgeHops(route: Route, living: readonly (Hop & Partial<NextHop>)[], claims: string, guest: Guest, rules: Rules): Judged {
	// The guest misses this interface, and its network with it: that is no reason to warn.
	const out = (reason: RouteReason): Judged => ({
		kind: 'leave-out',
		leftOut: {route, reason, warn: reason.code !== 'no-interface' || !isKernels(route)},
	});
	const {encap} = route;
	if (encap !== undefined) return out({code: 'encapsulated', encap});
	// Send the heaviest next hop that can be sent: one way out is better than none.
	let hop: Hop | undefined;
	let weight = 0;
	for (const each of living) {
		if ((each.weight ?? 1) <= weight || unfit(each, guest) !== undefined) continue;
		hop = each;
		weight = each.weight ?? 1;
	}
	const by = hop === undefined ? undefined : guest.interfaces.get(hop.dev ?? '');
	if (hop === undefined || by === undefined) {
		const [only] = living;
		return out((route.nexthops === undefined && only !== undefined ? unfit(only, guest) : undefined) ?? {code: 'no-next-hop'});
	}
	const scope = scopeNumber(route.scope);
	if (scope === undefined) return out({code: 'scope-unknown', scope: route.scope});
	let notes = noNotes;
	const {gateway, dev = ''} = hop;
	if (living.length > 1) notes = [{route, reason: {code: 'one-of-several', gateway: gateway ?? '', dev}, warn: true}];
	const source = goAddress(route.prefsrc ?? '');
	const hasSource = source === '' || guest.addresses.has(source) || source.startsWith('127.');
	if (!hasSource) notes = [...notes, {route, reason: {code: 'source-unknown', source}, warn: !isKernels(route)}];
	const sendable = {
		dest: destinationOf(route, gateway),
		gateway: goAddress(gateway ?? ''),
		device: by.name,
		source: hasSource ? source : '',
		scope,
	};
	if (!isExpressible(route.dst, route) || (gateway !== undefined && !isExpressible(gateway, route))) return out({code: 'mapped-address'});
	if (gateway === undefined) {
		return {kind: 'send', observed: route, claims, route: sendable, notes, onLink: onLinkOf(route, scope), gateway: undefined};
	}
	const reach = judgeGateway(route, gateway, by, guest, rules);
	if (reach === undefined) return out({code: 'gateway-refused', gateway});
	return {kind: 'send', observed: route, claims, route: sendable, notes, onLink: undefined, gateway: reach};
}

function judgeGateway(route: Route, gateway: string, by: GuestInterface, guest: Guest, {kernelRoutes}: Rules): JudgedGateway | undefined {
	const words = addressWords(gateway);
	const reach = reachOf(words, by, guest);
	if (reach === 'refused') return undefined;
	const six = words.length > 1;
	return {
		text: gateway,
		words,
		// With `kernelRoutes` the guest gets every kernel route from us, and has no others of its own.
		ownReach: reach === 'nowhere' || (kernelRoutes && !(six && isLinkLocalAddress(words))) ? -1 : reach,
		leadsTo: six ? prefixOf(route) : undefined,
	};
}

/** Equal for routes to the same destination. */
function destinationKey({dst, family}: Route): string {
	return dst === 'default' ? family : dst;
}

function isAlive({flags}: Hop): boolean {
	return flags.length === 0 || !flags.includes('dead');
}

function isOnLink({gateway, via, encap}: Hop): boolean {
	return gateway === undefined && via === undefined && encap === undefined;
}

function unfit({dev, via, encap}: Hop, {interfaces}: Guest): RouteReason | undefined {
	if (encap !== undefined) return {code: 'encapsulated', encap};
	if (via !== undefined) return {code: 'other-family-gateway', gateway: via.host};
	if (dev === undefined || !interfaces.has(dev)) return {code: 'no-interface', dev: dev ?? ''};
	return undefined;
}

/** The interfaces by which the guest's kernel reaches the destination with its own routes. */
function ownDevices(route: Route, {ownRoutes}: Guest): readonly string[] | undefined {
	if (route.dst === 'default') return undefined;
	// `ip` writes an IPv4 network in one way only, the same as prefixKey.
	return ownRoutes.get(route.family === 'inet' ? route.dst : prefixKey(parsePrefix(route.dst)));
}

/** fe80::/10 (RFC 4291, 2.4): the guest's kernel makes these addresses and their networks itself. */
function isLinkLocalNetwork({family, dst, protocol}: Route): boolean {
	return family === 'inet6' && /^fe[89ab][0-9a-f]:/i.test(dst) && (dst.endsWith('/64') || isKernel(protocol));
}

/** RTPROT_KERNEL is 2 (linux/rtnetlink.h); `ip` prints the number if rt_protos has no name for it. */
function isKernel(protocol: string): boolean {
	return protocol === 'kernel' || protocol === '2';
}

function isKernels(route: Route): boolean {
	return isKernel(route.protocol) && isOnLink(route);
}

/** IPv6 addresses of the loopback have routes in the main table, IPv4 addresses do not. */
function isLoopbackAddress(route: Route, {interfaces}: Guest): boolean {
	return (
		route.family === 'inet6' && isKernels(route) && interfaces.get(route.dev ?? '')?.record === undefined && interfaces.has(route.dev ?? '')
	);
}

function prefixOf({dst, family}: Route): Prefix {
	if (dst !== 'default') return parsePrefix(dst);
	return {words: family === 'inet' ? [0] : [0, 0, 0, 0], length: 0};
}

/** The kernel looks up IPv4 gateways only in routes of scope link or narrower (fib_check_nh_v4_gw, net/ipv4/fib_semantics.c). */
function onLinkOf(route: Route, scope: number): Prefix | undefined {
	return route.family === 'inet' && scope < linkScope ? undefined : prefixOf(route);
}
