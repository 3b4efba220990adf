import type {Link} from '../model/link.js';
import type {Route} from '../model/route.js';
import {visibleText} from '../text/byte-text.js';
import {hardwareAddress} from '../text/hardware-address.js';
import {addressText, routeText, stateWord} from './record-words.js';
import {columnsOf, padded} from './wrap.js';

/** Interfaces with their addresses, and routes, for people. */
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

function aligned(rows: readonly (readonly string[])[]): string {
	const shown = rows.map((row) => row.map(visibleText));
	const widths = (shown[0] ?? []).map((_, column) => shown.reduce((width, row) => Math.max(width, columnsOf(row[column] ?? '')), 0));
	return shown
		.map(
			(row) =>
				`${row
					.map((cell, column) => padded(cell, widths[column] ?? 0))
					.join('  ')
					.trimEnd()}\n`,
		)
		.join('');
}
