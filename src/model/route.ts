import type {Family} from './link.js';

/** A gateway of the other family (RTA_VIA). */
export interface Via {
	readonly family: string;
	readonly host: string;
}

export interface NextHop {
	readonly gateway?: string;
	readonly via?: Via;
	readonly dev?: string;
	/** 1 to 256; 1 if `ip` prints none. */
	readonly weight: number;
	/** `dead`, `linkdown`, `onlink`, … */
	readonly flags: readonly string[];
	/** The kind of encapsulation (`mpls`, `ip`, …). */
	readonly encap?: string;
}

/** A route, from one entry of `ip -j -d route show`. */
export interface Route {
	readonly family: Family;
	/** `unicast`, `blackhole`, … */
	readonly type: string;
	/** As `ip` prints it: `default`, `10.0.0.0/8`, or a bare address for a host route. */
	readonly dst: string;
	/** Source-specific routing (`from`), IPv6 only. */
	readonly from?: string;
	readonly gateway?: string;
	readonly via?: Via;
	readonly dev?: string;
	readonly prefsrc?: string;
	readonly protocol: string;
	/** `global`, `site`, `link`, `host`, `nowhere`, or a number. Any other name is in no rt_scopes file. */
	readonly scope: string;
	readonly metric?: number;
	readonly tos?: string;
	readonly table: string;
	/** `dead`, `linkdown`, `onlink`, … */
	readonly flags: readonly string[];
	/** Present for multipath routes only. */
	readonly nexthops?: readonly NextHop[];
	/** The nexthop object that the route refers to. */
	readonly nhid?: number;
	/** RTAX_*: mtu, advmss, … as `ip` prints them. */
	readonly metrics?: readonly {readonly [name: string]: unknown}[];
	/** The kind of encapsulation (`mpls`, `ip`, …). */
	readonly encap?: string;
}

/** How the kernel distinguishes routes: destination, TOS and metric (fib_table_insert, net/ipv4/fib_trie.c). A change does not touch these. */
export function routeKey({family, table, dst, from, tos, metric}: Route): string {
	return [family, table, dst, from ?? '', tos ?? '', metric ?? 0].join(' ');
}
