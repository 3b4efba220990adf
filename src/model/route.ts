import type {Family} from './link.js';

export interface NextHop {
	readonly gateway?: string;
	/** A gateway of the other family (RTA_VIA). */
	readonly via?: string;
	readonly dev?: string;
	/** From 1 to 256; 1 if `ip` prints none. */
	readonly weight: number;
	readonly encapsulated: boolean;
}

/** A route of the main table: one entry of `ip -j -d route show table main`. */
export interface Route {
	readonly family: Family;
	/** `unicast`, `blackhole`, … */
	readonly type: string;
	/** As `ip` prints it: `default`, `10.0.0.0/8`, or an address without a prefix for a host route. */
	readonly dst: string;
	/** The source that the route is for (`from`), IPv6 only. */
	readonly from?: string;
	readonly gateway?: string;
	readonly via?: string;
	readonly dev?: string;
	readonly prefsrc?: string;
	readonly protocol: string;
	readonly scope: string;
	readonly metric?: number;
	readonly tos?: string;
	readonly encapsulated: boolean;
	/** For multipath routes only. */
	readonly nexthops?: readonly NextHop[];
}
