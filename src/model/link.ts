export type Family = 'inet' | 'inet6';

/** An address of a link, as one `addr_info` entry of `ip -j -d addr show` has it. Lifetimes count down and are left out. */
export interface Address {
	readonly family: Family;
	/** Text form as `ip` prints it, without prefix length. */
	readonly local: string;
	readonly prefixlen: number;
	/** `global`, `site`, `link`, `host`, or a number where rt_scopes names none. */
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

/** A network interface, as one entry of `ip -j -d addr show` has it. Names may hold lone surrogates (see byte-text.ts). */
export interface Link {
	readonly ifindex: number;
	readonly ifname: string;
	readonly flags: readonly string[];
	/** Bytes. */
	readonly mtu: number;
	readonly operstate: string;
	/** `ether`, `loopback`, `none`, …; '' where `ip` prints none. */
	readonly link_type: string;
	/** The hardware address as `ip` prints it; '' where there is none. */
	readonly address: string;
	readonly broadcast?: string;
	readonly master?: string;
	/** The kernel's link kind (`veth`, `bridge`, …); `tun` or `tap` by mode; `device` where there is none. */
	readonly link_kind: string;
	/** The name of the parent or peer link in this namespace. */
	readonly link?: string;
	/** Index of the parent or peer link where it is in another namespace. */
	readonly link_index?: number;
	readonly link_netnsid?: number;
	readonly altnames: readonly string[];
	readonly ifalias?: string;
	readonly addr_info: readonly Address[];
}

/** A link without its addresses: to the kernel they are objects of their own, with events of their own. */
export type BareLink = Omit<Link, 'addr_info'>;

export function bareLink({addr_info: _, ...link}: Link): BareLink {
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
