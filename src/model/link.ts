export type Family = 'inet' | 'inet6';

/** An address of a link, from one `addr_info` entry of `ip -j -d addr show`. Lifetimes are left out, because they count down. */
export interface Address {
	readonly family: Family;
	/** Text form as `ip` prints it, without prefix length. */
	readonly local: string;
	readonly prefixlen: number;
	/** `global`, `site`, `link`, `host`, or a number if rt_scopes has no name for it. */
	readonly scope: string;
	/** The other end of a point-to-point address. */
	readonly address?: string;
	/** IPv4 only. */
	readonly label?: string;
	readonly dynamic?: true;
	/** IPv6: duplicate address detection has not ended yet. */
	readonly tentative?: true;
	/** IPv6: another host has the address. */
	readonly dadfailed?: true;
	readonly deprecated?: true;
}

/** A network interface, from one entry of `ip -j -d addr show`. Names may hold lone surrogates (see byte-text.ts). */
export interface Link {
	readonly ifindex: number;
	readonly ifname: string;
	readonly flags: readonly string[];
	/** Bytes. */
	readonly mtu: number;
	readonly operstate: string;
	/** `ether`, `loopback`, `none`, …; '' if `ip` prints none. */
	readonly link_type: string;
	/** The hardware address as `ip` prints it; '' if there is none. */
	readonly address: string;
	readonly broadcast?: string;
	readonly master?: string;
	/** The kernel's link kind (`veth`, `bridge`, …); `tun` or `tap` by mode; `device` if there is none. */
	readonly link_kind: string;
	/** The name of the parent or peer link in this namespace. */
	readonly link?: string;
	/** Index of the parent or peer link if it is in another namespace. */
	readonly link_index?: number;
	readonly link_netnsid?: number;
	readonly altnames: readonly string[];
	readonly ifalias?: string;
	readonly addr_info: readonly Address[];
}

/** A link without its addresses. For the kernel, addresses are separate objects with their own events. */
export type BareLink = Omit<Link, 'addr_info'>;

export function bareLink({addr_info: _, ...link}: Link): BareLink {
	return link;
}

export function isLoopback(link: Link): boolean {
	return link.flags.includes('LOOPBACK');
}

/** UP and RUNNING. `ip` prints no RUNNING, but NO-CARRIER for an UP link without it (print_link_flags, ip/ipaddress.c). */
export function isRunning(link: Link): boolean {
	return link.flags.includes('UP') && !link.flags.includes('NO-CARRIER');
}

/** fe80::/10 (RFC 4291, 2.4). The guest's kernel makes its own from the same hardware address. */
export function isIpv6LinkLocal(address: Address): boolean {
	return address.family === 'inet6' && /^fe[89ab][\da-f]:/i.test(address.local);
}

/**
 * How the kernel distinguishes the addresses of a link: for IPv4 including the peer (__inet_insert_ifa, net/ipv4/devinet.c), for IPv6 by
 * the address alone (ipv6_add_addr, net/ipv6/addrconf.c). A new prefix length needs a deletion first.
 */
export function addressKey({family, local, prefixlen, address}: Address): string {
	return family === 'inet' ? `${local}/${prefixlen} ${address ?? ''}` : `${local}/${prefixlen}`;
}
