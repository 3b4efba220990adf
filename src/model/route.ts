import type {Family} from './link.js';

export interface NextHop {
	readonly gateway?: string;
	/** A gateway of the other family (RTA_VIA). */
	readonly via?: string;
	readonly dev?: string;
	/** 1 to 256; 1 where `ip` names none. */
	readonly weight: number;
	readonly encapsulated: boolean;
}

/** A route of the main table, as one entry of `ip -j -d route show table main` tells it. */
export interface Route {
	readonly family: Family;
	/** `unicast`, `blackhole`, … */
	readonly type: string;
	/** As `ip` prints it: `default`, `10.0.0.0/8`, or a bare address for a host route. */
	readonly dst: string;
	/** Source-specific routing (`from`), IPv6 only. */
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
	/** Present for multipath routes only. */
	readonly nexthops?: readonly NextHop[];
}
