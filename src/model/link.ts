export type Family = 'inet' | 'inet6';

/** An address of a link: one `addr_info` entry of `ip -j -d addr show`. */
export interface Address {
	readonly family: Family;
	/** The address as `ip` prints it, without the prefix length. */
	readonly local: string;
	readonly prefixlen: number;
	/** `global`, `site`, `link`, `host`, another name from rt_scopes, or a number if rt_scopes has no name for it. */
	readonly scope: string;
	/** The other end of a point-to-point address. */
	readonly peer?: string;
}

/** A network interface: one entry of `ip -j -d addr show`. Names may have lone surrogates (text/byte-text.ts). */
export interface Link {
	readonly ifindex: number;
	readonly ifname: string;
	readonly flags: readonly string[];
	/** In bytes. */
	readonly mtu: number;
	readonly operstate: string;
	/** Hexadecimal bytes with colons between them; '' if there is none or all bytes are zero. */
	readonly hwaddr: string;
	/** The kernel's link kind (`veth`, `bridge`, …); `tun` or `tap` by its mode; `device` if it has no kind. */
	readonly kind: string;
	readonly master?: string;
	readonly addresses: readonly Address[];
}

/** A link without its addresses. To the kernel, addresses are separate objects with their own events. */
export type BareLink = Omit<Link, 'addresses'>;

export function bareLink({addresses: _, ...link}: Link): BareLink {
	return link;
}

export function isLoopback(link: Link): boolean {
	return link.flags.includes('LOOPBACK');
}

/**
 * Whether it is UP and RUNNING. `ip` never prints RUNNING: print_link_flags (ip/ipaddress.c) removes it, and prints
 * NO-CARRIER for a link that is UP without it.
 */
export function isRunning(link: Link): boolean {
	return link.flags.includes('UP') && !link.flags.includes('NO-CARRIER');
}

/** Whether it is in fe80::/10 (RFC 4291, 2.4). The guest's kernel makes its own link-local address. */
export function isIpv6LinkLocal(address: Address): boolean {
	return address.family === 'inet6' && /^fe[89ab]/i.test(address.local);
}
