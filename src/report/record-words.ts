import {type Address, isRunning, type Link} from '../model/link.js';
import type {NextHop, Route} from '../model/route.js';
import {hardwareAddress} from '../text/hardware-address.js';

export function stateWord(link: Link): 'up' | 'no carrier' | 'down' {
	return isRunning(link) ? 'up' : link.flags.includes('UP') ? 'no carrier' : 'down';
}

/** An interface without its addresses: `#4 veth up mtu 1500 02:00:00:00:00:04`. */
export function linkText(link: Link): string {
	const master = link.master === undefined ? '' : `master ${link.master}`;
	return words(`#${link.ifindex}`, link.link_kind, stateWord(link), `mtu ${link.mtu}`, hardwareAddress(link.address), master);
}

/** `10.0.0.2/24`. */
export function addressName({local, prefixlen}: Address): string {
	return `${local}/${prefixlen}`;
}

/** `10.0.0.2/24 peer 10.0.0.9`, with its unusual flags. */
export function addressText(address: Address): string {
	const marks = (['dynamic', 'tentative', 'dadfailed', 'deprecated'] as const).filter((mark) => address[mark]);
	const peer = address.address === undefined ? '' : `peer ${address.address}`;
	return words(addressName(address), peer, ...marks);
}

/** A route without its destination: `via 10.0.0.1 dev eth0 metric 50`. Leaves out the usual values. */
export function routeText(route: Route): string {
	const {type, from, protocol, scope, table, prefsrc, metric, tos, flags, nexthops, metrics, nhid, encap} = route;
	return words(
		type === 'unicast' ? '' : type,
		option('from', from),
		option('encap', encap),
		hopText(route),
		option('nhid', nhid),
		protocol === 'boot' ? '' : `proto ${protocol}`,
		scope === 'global' || scope === 'link' ? '' : `scope ${scope}`,
		option('src', prefsrc),
		option('metric', metric),
		option('tos', tos),
		table === 'main' ? '' : `table ${table}`,
		metricsText(metrics),
		...flags,
		nexthops === undefined ? '' : nexthops.map(nextHopText).join(', '),
	);
}

export function nextHopText(hop: NextHop): string {
	return words(hopText(hop), option('encap', hop.encap), hop.weight === 1 ? '' : `weight ${hop.weight}`, ...hop.flags);
}

function hopText({gateway, via, dev}: Pick<Route, 'gateway' | 'via' | 'dev'>): string {
	return words(option('via', gateway ?? via?.host), option('dev', dev));
}

/** `mtu 1400 advmss 1360`. */
export function metricsText(metrics: Route['metrics']): string {
	if (metrics === undefined) return '';
	return words(...metrics.flatMap((metric) => Object.entries(metric).map(([name, value]) => `${name} ${valueText(value)}`)));
}

export function valueText(value: unknown): string {
	if (value === undefined || value === '') return 'none';
	return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

function option(name: string, value: string | number | undefined): string {
	return value === undefined ? '' : `${name} ${value}`;
}

function words(...parts: readonly string[]): string {
	let text = '';
	for (const part of parts) if (part !== '') text += text === '' ? part : ` ${part}`;
	return text;
}
