/** Why a route is left out of the list for the guest, or changed. Log, `/state` and `netmon why` use this closed list of codes. */
export type RouteReason =
	/** The consumer gets no routes of this family. */
	| {readonly code: 'family-not-chosen'; readonly family: string}
	/** The guest's kernel makes it for an address that the guest has. */
	| {readonly code: 'guest-makes-it'}
	/** The network of link-local addresses: the guest's kernel makes it. */
	| {readonly code: 'link-local'}
	/** The kernel made it for an address of the loopback, which is not announced. */
	| {readonly code: 'loopback-address'}
	/** `blackhole`, `unreachable`, `local`, …: the consumer accepts unicast routes only. */
	| {readonly code: 'type'; readonly type: string}
	| {readonly code: 'tos'; readonly tos: string}
	/** It is only for packets with a certain source. */
	| {readonly code: 'from'; readonly from: string}
	| {readonly code: 'encapsulated'; readonly encap: string}
	| {readonly code: 'other-family-gateway'; readonly gateway: string}
	| {readonly code: 'no-interface'; readonly dev: string}
	/** The guest can have none of its next hops. */
	| {readonly code: 'no-next-hop'}
	/** The kernel does not use it: all its next hops are dead. */
	| {readonly code: 'dead'}
	/** A scope name that is not in rt_scopes. */
	| {readonly code: 'scope-unknown'; readonly scope: string}
	/** Another route to the same destination is listed before this one, and the kernel uses that. */
	| {readonly code: 'another-first'}
	/** The guest's kernel has its own route to the destination, by another interface. */
	| {readonly code: 'guest-route-first'; readonly device: string}
	/** The guest's kernel would refuse this gateway: it is an address of the guest itself, or a broadcast address. */
	| {readonly code: 'gateway-refused'; readonly gateway: string}
	/** It has an IPv4-mapped IPv6 address. The contract cannot distinguish it from an IPv4 address. */
	| {readonly code: 'mapped-address'}
	/** The guest does not reach the gateway, and another route to the gateway's address rules out a link route to it. */
	| {readonly code: 'gateway-unreachable'; readonly gateway: string}
	/** Sent with one of its next hops. */
	| {readonly code: 'one-of-several'; readonly gateway: string; readonly dev: string}
	/** Sent without its source, which the guest does not have. */
	| {readonly code: 'source-unknown'; readonly source: string}
	/** Sent after a link route to its gateway, which the guest could not reach otherwise. */
	| {readonly code: 'gateway-link-route'; readonly gateway: string};

/** Why the consumer should have an interface, or should not. */
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
	/** The last call about it left open what the consumer has. */
	| {readonly code: 'announced-again'}
	| {readonly code: 'changed'}
	| {readonly code: 'first-address'}
	/** It has changed, and by `--on-change` the consumer is not told. */
	| {readonly code: 'change-not-told'; readonly onChange: string}
	/** Another interface gets the name under which this one was announced. */
	| {readonly code: 'gave-up-name'; readonly name: string};

/** Why an interface stays although it should be detached. */
export type HeldReason =
	/** Another interface with its hardware address remains. It would be detached too, and its kind cannot be attached again. */
	| {readonly code: 'shared-address-unattachable'; readonly hwaddr: string; readonly ifname: string; readonly kind: string}
	/** It would be attached again under a name that another interface, which stays, has in the guest. */
	| {readonly code: 'name-kept'; readonly name: string};
