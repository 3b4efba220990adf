import type {Link} from '../model/link.js';
import type {Route} from '../model/route.js';
import {hardwareAddress} from '../text/hardware-address.js';
import {aligned} from './aligned.js';
import {addressText, routeText, stateWord} from './record-words.js';

/** Interfaces with their addresses, and routes, as a table for people. */
export function snapshotTable(links: readonly Link[], routes: readonly Route[]): string {
	const interfaces = [
		['INDEX', 'INTERFACE', 'KIND', 'STATE', 'MTU', 'HWADDR', 'ADDRESS'],
		...links.flatMap((link) => {
			const [first = '-', ...others] = link.addr_info.map(addressText);
			return [
				[String(link.ifindex), link.ifname, link.link_kind, stateWord(link), String(link.mtu), hardwareAddress(link.address) || '-', first],
				...others.map((address) => ['', '', '', '', '', '', address]),
			];
		}),
	];
	const list = [['DESTINATION', 'ROUTE'], ...routes.map((route) => [route.dst, routeText(route)])];
	return `${aligned(interfaces)}\n${routes.length === 0 ? 'no routes\n' : aligned(list)}`;
}
