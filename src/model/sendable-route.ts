/** A route in the runtime's terms; payload.ts gives it each profile's form. */
export interface SendableRoute {
	/** CIDR with its prefix; '' for an IPv4 default route, and for an IPv6 one that has a gateway. */
	readonly dest: string;
	readonly gateway: string;
	readonly device: string;
	readonly source: string;
	readonly scope: number;
	/** Its form in the payload, once it was written: a route that stays is not written a second time. */
	readonly text?: string;
}
