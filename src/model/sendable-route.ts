/** A route as the runtime knows it; payload.ts writes it in the form of each profile. */
export interface SendableRoute {
	/** CIDR with its prefix length; '' for an IPv4 default route, and for an IPv6 one with a gateway. */
	readonly dest: string;
	readonly gateway: string;
	readonly device: string;
	readonly source: string;
	readonly scope: number;
	/** Its text in the payload, once it has been written, so that a route that stays is written only once. */
	readonly text?: string;
}
