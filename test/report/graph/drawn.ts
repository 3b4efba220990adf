import type {Link} from '../../../src/model/link.js';
import type {Route} from '../../../src/model/route.js';
import type {DrawnNamespace} from '../../../src/report/graph/drawn-namespace.js';
import {loopback, makeLink} from '../../helpers/records.js';

/** A namespace with a loopback and these links. */
export function drawn(name: string, links: readonly Link[], more: Partial<DrawnNamespace> = {}): DrawnNamespace {
	return {name, links: [loopback, ...links], routes: [], numbers: new Map(), ...more};
}

/** A veth whose peer is in another namespace. */
export function far(ifindex: number, peer: number, number: number, more: Partial<Link> = {}): Link {
	return makeLink(ifindex, {link_index: peer, link_netnsid: number, ...more});
}

export function defaultRoute(more: Partial<Route> = {}): Route {
	return {
		...{family: 'inet', type: 'unicast', dst: 'default', gateway: '10.0.0.1', dev: 'v2'},
		...{protocol: 'boot', scope: 'global', table: 'main', flags: []},
		...more,
	} as Route;
}
