/**
 * Why a route is left out of the list for the guest, or is sent otherwise than the namespace has it. The codes are a
 * closed list: the log, `/state` and `netmon why` show the same ones.
 */
export type RouteReason =
	/** Its family is not one that the consumer is told of. */
	| {readonly code: 'family-not-chosen'; readonly family: string}
	/** The guest's kernel makes it for an address that the guest has. */
	| {readonly code: 'guest-makes-it'}
	/** The network of link-local addresses: the guest's kernel makes it. */
	| {readonly code: 'link-local'}
	/** The kernel made it for an address of the loopback, which is not announced. */
	| {readonly code: 'loopback-address'}
	/** `blackhole`, `unreachable`, `local`, …: the consumer can take unicast routes only. */
	| {readonly code: 'type'; readonly type: string}
	| {readonly code: 'tos'; readonly tos: string}
	/** For packets with a certain source only. */
	| {readonly code: 'from'; readonly from: string}
	| {readonly code: 'encapsulated'; readonly encap: string}
	| {readonly code: 'other-family-gateway'; readonly gateway: string}
	| {readonly code: 'no-interface'; readonly dev: string}
	/** Of several next hops the guest can have none. */
	| {readonly code: 'no-next-hop'}
	/** The kernel does not use it: all its next hops are dead. */
	| {readonly code: 'dead'}
	/** A name that is not in rt_scopes. */
	| {readonly code: 'scope-unknown'; readonly scope: string}
	/** The kernel uses another route to the same destination, which is listed before this one. */
	| {readonly code: 'another-first'}
	/** The guest's kernel has a route of its own to the destination, which goes another way. */
	| {readonly code: 'guest-route-first'; readonly device: string}
	/** The guest's kernel would refuse this gateway: it is an address of the guest itself, or a broadcast address. */
	| {readonly code: 'gateway-refused'; readonly gateway: string}
	/** It has an IPv4-mapped IPv6 address, which the contract cannot tell from an IPv4 one. */
	| {readonly code: 'mapped-address'}
	/** The guest does not reach the gateway, and another route to the gateway's address forbids a link route to it. */
	| {readonly code: 'gateway-unreachable'; readonly gateway: string}
	/** Sent by one of its next hops. */
	| {readonly code: 'one-of-several'; readonly gateway: string; readonly dev: string}
	/** Sent without its source, which the guest does not have. */
	| {readonly code: 'source-unknown'; readonly source: string}
	/** Sent behind a link route to its gateway, which the guest could not reach otherwise. */
	| {readonly code: 'gateway-link-route'; readonly gateway: string};

/** Why an interface is, or is not, one that the consumer is to have. */
export type InterfaceReason =
	| {readonly code: 'loopback'}
	/** Its name ends in `kata`. */
	| {readonly code: 'runtimes-own'}
	| {readonly code: 'not-running'}
	/** There since the start, without an address. */
	| {readonly code: 'waits-for-first-address'}
	/** New, without an address. */
	| {readonly code: 'waits-for-address'}
	/** Duplicate address detection has not ended. */
	| {readonly code: 'address-tentative'}
	| {readonly code: 'has-address'}
	| {readonly code: 'no-address-came'}
	| {readonly code: 'announced'}
	/** The last call about it did not settle what the consumer has. */
	| {readonly code: 'announced-again'}
	| {readonly code: 'changed'}
	| {readonly code: 'first-address'}
	/** It has changed, and `--on-change` says that changes are not reported to the consumer. */
	| {readonly code: 'change-not-told'; readonly onChange: string}
	/** Another interface gets the name under which it was announced. */
	| {readonly code: 'gave-up-name'; readonly name: string};

/** Why an interface that should be detached stays. */
export type HeldReason =
	/** One that shares its hardware address remains, would be detached too, and is of a kind that cannot be attached again. */
	| {readonly code: 'shared-address-unattachable'; readonly hwaddr: string; readonly ifname: string; readonly kind: string}
	/** It would be attached again under a name that another one, which stays, has in the guest. */
	| {readonly code: 'name-kept'; readonly name: string};
