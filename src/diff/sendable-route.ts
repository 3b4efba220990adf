import type {Family} from '../model/link.js';
import type {Route} from '../model/route.js';
import type {SendableRoute} from '../model/sendable-route.js';
import {goAddress} from '../text/go-address.js';

/** A route to a gateway. It stands before the first route by that gateway if nothing else reaches it. */
export function linkRouteTo(gateway: string, family: Family, device: string): SendableRoute {
	return {dest: `${goAddress(gateway)}/${family === 'inet' ? 32 : 128}`, gateway: '', device, source: '', scope: linkScope};
}

/** Whether the payload can express an address. Go writes an IPv4-mapped IPv6 address as IPv4, and the consumer then treats it as IPv4. */
export function isExpressible(text: string, {family}: Route): boolean {
	return family === 'inet' || text === 'default' || goAddress(text).includes(':');
}

/** `ip` omits the prefix length of a host route (format_host_rta_r, ip/iproute.c). */
export function destinationOf({dst, family}: Route, gateway: string | undefined): string {
	// If the destination is '', only the gateway shows its family.
	if (dst === 'default') return family === 'inet6' && gateway === undefined ? '::/0' : '';
	const slash = dst.indexOf('/');
	if (slash < 0) return `${goAddress(dst)}/${family === 'inet' ? 32 : 128}`;
	return family === 'inet' ? dst : `${goAddress(dst.slice(0, slash))}${dst.slice(slash)}`;
}

export const linkScope = 253;
/** RT_SCOPE_* (linux/rtnetlink.h). */
const scopes: ReadonlyMap<string, number> = new Map([
	['global', 0],
	['site', 200],
	['link', linkScope],
	['host', 254],
	['nowhere', 255],
]);

export function scopeNumber(scope: string): number | undefined {
	const named = scopes.get(scope);
	if (named !== undefined) return named;
	return /^\d+$/.test(scope) && Number(scope) <= 255 ? Number(scope) : undefined;
}
