export type Family = 'inet' | 'inet6';

/** An address of a link, as one `addr_info` entry of `ip -j -d addr show` tells it. */
export interface Address {
	readonly family: Family;
	/** Text form as `ip` prints it, without prefix length. */
	readonly local: string;
	readonly prefixlen: number;
	/** `global`, `site`, `link`, `host`, or a number where rt_scopes names none. */
	readonly scope: string;
	/** The other end of a point-to-point address. */
	readonly peer?: string;
}

/** A network interface, as one entry of `ip -j -d addr show` tells it. Names may hold lone surrogates (see byte-text.ts). */
export interface Link {
	readonly ifindex: number;
	readonly ifname: string;
	readonly flags: readonly string[];
	/** Bytes. */
	readonly mtu: number;
	readonly operstate: string;
	/** Colon-separated hexadecimal bytes; '' where there is none or all are zero. */
	readonly hwaddr: string;
	/** The kernel's link kind (`veth`, `bridge`, …); `tun` or `tap` by mode; `device` where there is none. */
	readonly kind: string;
	readonly master?: string;
	readonly addresses: readonly Address[];
}

/** A link without what is not its own: its addresses are objects of their own to the kernel, with events of their own. */
export type BareLink = Omit<Link, 'addresses'>;

export function bareLink({addresses: _, ...link}: Link): BareLink {
	return link;
}

export function isLoopback(link: Link): boolean {
	return link.flags.includes('LOOPBACK');
}

/**
 * UP and RUNNING. `ip` never prints RUNNING: print_link_flags (ip/ipaddress.c) takes it
 * out and adds NO-CARRIER when a link is UP without it.
 */
export function isRunning(link: Link): boolean {
	return link.flags.includes('UP') && !link.flags.includes('NO-CARRIER');
}

/** fe80::/10 (RFC 4291, 2.4). The guest's kernel makes its own from the same hardware address. */
export function isIpv6LinkLocal(address: Address): boolean {
	return address.family === 'inet6' && /^fe[89ab]/i.test(address.local);
}
