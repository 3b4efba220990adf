import {isRunning, type Link} from '../model/link.js';
import type {Route} from '../model/route.js';
import {visibleText} from '../text/byte-text.js';
import {hardwareAddress} from '../text/hardware-address.js';
import {routeText} from './human.js';

/** Interfaces with their addresses, and routes, for people. */
export function snapshotTable(links: readonly Link[], routes: readonly Route[]): string {
	const interfaces = [
		['INDEX', 'INTERFACE', 'KIND', 'STATE', 'MTU', 'HWADDR', 'ADDRESSES'],
		...links.map((link) => [
			String(link.ifindex),
			link.ifname,
			link.link_kind,
			isRunning(link) ? 'up' : link.flags.includes('UP') ? 'no-carrier' : 'down',
			String(link.mtu),
			hardwareAddress(link.address) || '-',
			link.addr_info.map(({local, prefixlen}) => `${local}/${prefixlen}`).join(' ') || '-',
		]),
	];
	const list = [['DESTINATION', 'ROUTE'], ...routes.map((route) => [route.dst, routeText(route)])];
	return `${aligned(interfaces)}\n${routes.length === 0 ? 'no routes\n' : aligned(list)}`;
}

function aligned(rows: readonly (readonly string[])[]): string {
	const shown = rows.map((row) => row.map(visibleText));
	const widths = (shown[0] ?? []).map((_, column) => Math.max(...shown.map((row) => row[column]?.length ?? 0)));
	return shown
		.map(
			(row) =>
				`${row
					.map((cell, column) => cell.padEnd(widths[column] ?? 0))
					.join('  ')
					.trimEnd()}\n`,
		)
		.join('');
}
