import type {RouteReason} from '../model/reason.js';

/** The reason of a route in words, for the log. */
export function routeReasonText(reason: RouteReason): string {
	switch (reason.code) {
		case 'family-not-chosen':
			return `routes of the family ${reason.family} are not sent`;
		case 'guest-makes-it':
			return 'the guest’s kernel makes it itself';
		case 'link-local':
			return 'the guest’s kernel makes link-local networks itself';
		case 'loopback-address':
			return 'it belongs to an address of the loopback';
		case 'type':
			return `its type is ${reason.type}`;
		case 'tos':
			return 'it has a TOS';
		case 'from':
			return 'it is for one source only';
		case 'encapsulated':
			return 'it is encapsulated';
		case 'other-family-gateway':
			return 'its gateway is of the other family';
		case 'no-interface':
			return 'the guest does not have its interface';
		case 'no-next-hop':
			return 'the guest has none of its next hops';
		case 'dead':
			return 'the kernel does not use it, it is dead';
		case 'scope-unknown':
			return `its scope ${reason.scope} has no known number`;
		case 'another-first':
			return 'another route to the same destination comes first';
		case 'guest-route-first':
			return `the guest has a route of its own to the same destination, by ${reason.device}`;
		case 'gateway-refused':
			return `the guest’s kernel would refuse the gateway ${reason.gateway}: it is an address of the guest or a broadcast address`;
		case 'mapped-address':
			return 'it has an IPv4-mapped IPv6 address, which cannot be told from an IPv4 one';
		case 'gateway-unreachable':
			return `the guest does not reach the gateway ${reason.gateway}, and there is another route to it`;
		case 'one-of-several':
			return 'of several next hops one is sent';
		case 'source-unknown':
			return `it is sent without its source ${reason.source}, which the guest does not have`;
		case 'gateway-link-route':
			return `it is sent with a link route to its gateway ${reason.gateway}, which the guest could not reach otherwise`;
	}
}
