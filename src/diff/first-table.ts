import type {InterfaceTable} from '../model/interface-table.js';
import type {Link} from '../model/link.js';

/** The interface table of the very first look. */
export function firstTable(links: readonly Link[], now: number): InterfaceTable {
	return new Map(links.map((link) => [link.ifindex, {link, incarnation: 0, sinceStart: true, changedAt: now}]));
}

/** The table after a complete look confirmed it, with no sign that an event was missed before. */
export function confirmLinks(table: InterfaceTable): InterfaceTable {
	if (![...table.values()].some(({doubtful}) => doubtful)) return table;
	return new Map([...table].map(([ifindex, {doubtful: _, ...confirmed}]) => [ifindex, confirmed]));
}
