import type {RouteReason} from '../model/reason.js';
import type {Route} from '../model/route.js';
import type {Rules} from '../model/rules.js';
import type {SendableRoute} from '../model/sendable-route.js';
import {longestHolding, type Prefix} from '../text/ip-prefix.js';
import type {Guest} from './guest.js';
import {type Judged, type JudgedGateway, judgeRoute, type LeftOut, type SendableJudged} from './judge-route.js';
import {linkRouteTo, linkScope} from './sendable-route.js';

export interface RouteSelection {
	/** In the order of `ip route show`. A link route that a gateway needs stands before the first route by that gateway. */
	readonly routes: readonly SendableRoute[];
	readonly leftOut: readonly LeftOut[];
}

/**
 * The list to send: for each destination, the first route that the kernel uses and the guest can have. The guest's kernel accepts all of
 * them when the consumer adds those without a gateway first. This runs for every change. One pass is enough if all gateways are in the
 * guest's own networks, which is nearly always so; other gateways cost a second pass.
 *
 * @param judged the judgement of each route, in the order of `ip route show`
 */
export function listRoutes(judged: readonly Judged[]): RouteSelection {
	const claimed = new Set<string>();
	const chosen: SendableJudged[] = [];
	const leftOut: LeftOut[] = [];
	let gatewaysInDoubt = false;
	for (const one of judged) {
		if (one.kind === 'leave-out') {
			leftOut.push(one.leftOut);
			if (one.claims !== undefined) claimed.add(one.claims);
			continue;
		}
		const before = claimed.size;
		claimed.add(one.claims);
		if (claimed.size === before) {
			leftOut.push({route: one.observed, reason: anotherFirst, warn: false});
			continue;
		}
		chosen.push(one);
		for (const note of one.notes) leftOut.push(note);
		gatewaysInDoubt ||= isInDoubt(one.gateway);
	}
	if (!gatewaysInDoubt) return {routes: chosen.map(({route}) => route), leftOut};
	return {routes: withLinkRoutes(chosen, claimed, leftOut), leftOut};
}

const anotherFirst: RouteReason = {code: 'another-first'};

/** What one interface of the guest reaches, beyond the routes that its kernel makes itself. */
interface Ways {
	/** Destinations of routes without a gateway. */
	readonly onLink: Prefix[];
	/** Destinations of IPv6 routes by a gateway: a gateway cannot be reached by another gateway. */
	readonly behindGateways: Prefix[];
	/** Findings about gateways, by address. */
	readonly found: Map<string, Finding>;
}

type Finding = 'reached' | 'needs-link-route' | 'unreachable';

/** Puts a link route before each gateway that needs one. Leaves out routes whose gateway needs one and cannot have it. */
function withLinkRoutes(chosen: readonly SendableJudged[], claimed: Set<string>, leftOut: LeftOut[]): SendableRoute[] {
	const ways = waysOf(chosen);
	const routes: SendableRoute[] = [];
	const raised = new Set<SendableRoute>();
	for (const {observed, route, gateway} of chosen) {
		if (isInDoubt(gateway)) {
			const way = waysBy(route.device, ways);
			let finding = way.found.get(route.gateway);
			if (finding === undefined) {
				finding = findGateway(gateway, way, claimed);
				const direct = finding === 'unreachable' ? directRoute(gateway, route.device, chosen) : undefined;
				if (direct !== undefined) {
					finding = 'reached';
					raised.add(direct);
				}
				way.found.set(route.gateway, finding === 'needs-link-route' ? 'reached' : finding);
				if (finding === 'needs-link-route') {
					claimed.add(gateway.text);
					routes.push(linkRouteTo(gateway.text, observed.family, route.device));
					leftOut.push({route: observed, reason: {code: 'gateway-link-route', gateway: gateway.text}, warn: false});
				}
			}
			if (finding === 'unreachable') {
				leftOut.push({route: observed, reason: {code: 'gateway-unreachable', gateway: gateway.text}, warn: true});
				continue;
			}
		}
		routes.push(route);
	}
	return raised.size === 0 ? routes : routes.map((route) => (raised.has(route) ? withLinkScope(route) : route));
}

function withLinkScope({text: _, ...route}: SendableRoute): SendableRoute {
	return {...route, scope: linkScope};
}

/**
 * A route to a gateway alone, by its own interface. With a scope below link the kernel does not find a gateway by it
 * (fib_table_lookup, net/ipv4/fib_trie.c, skips it). With scope link it leads to the same place, and does.
 */
function directRoute({text}: JudgedGateway, device: string, chosen: readonly SendableJudged[]): SendableRoute | undefined {
	return chosen.find((one) => one.claims === text && one.gateway === undefined && one.route.device === device)?.route;
}

function findGateway({text, words, ownReach}: JudgedGateway, {onLink, behindGateways}: Ways, claimed: ReadonlySet<string>): Finding {
	const nearest = Math.max(ownReach, longestHolding(onLink, words));
	if (nearest >= 0 && longestHolding(behindGateways, words) <= nearest) return 'reached';
	return claimed.has(text) ? 'unreachable' : 'needs-link-route';
}

/** Whether other routes decide how the guest reaches the gateway. They do not for a link-local IPv6 gateway, for example. */
function isInDoubt(gateway: JudgedGateway | undefined): gateway is JudgedGateway {
	return gateway !== undefined && (gateway.ownReach < 0 || (gateway.leadsTo !== undefined && gateway.ownReach < 128));
}

function waysOf(chosen: readonly SendableJudged[]): Map<string, Ways> {
	const ways = new Map<string, Ways>();
	for (const {route, onLink, gateway} of chosen) {
		if (onLink !== undefined) waysBy(route.device, ways).onLink.push(onLink);
		if (gateway?.leadsTo !== undefined) waysBy(route.device, ways).behindGateways.push(gateway.leadsTo);
	}
	return ways;
}

function waysBy(device: string, ways: Map<string, Ways>): Ways {
	const known = ways.get(device);
	if (known !== undefined) return known;
	const made: Ways = {onLink: [], behindGateways: [], found: new Map()};
	ways.set(device, made);
	return made;
}

/** Judges the routes and makes the list to send. */
export function selectRoutes(routes: readonly Route[], guest: Guest, rules: Rules): RouteSelection {
	return listRoutes(routes.map((route) => judgeRoute(route, guest, rules)));
}
