import {readFileSync} from 'node:fs';
import {parseNames} from '../route-tables.js';

/** Names for numbers (rt_scopes). Since 6.5, `ip` looks in the second or third place if the first has none. */
const files = ['/etc/iproute2/rt_scopes', '/usr/share/iproute2/rt_scopes', '/usr/lib/iproute2/rt_scopes'];

/** Names that are built into `ip` (rtnl_rtscope_tab, lib/rt_names.c). */
const builtIn: ReadonlySet<string> = new Set(['global', 'nowhere', 'host', 'link', 'site']);

/** A scope as `ip` printed it, but a number for a name that only this machine knows: the consumer gets numbers. Unknown names stay. */
export function scopeOf(printed: string, readScopes: () => string | undefined = readFirst): string {
	if (builtIn.has(printed) || /^\d+$/.test(printed)) return printed;
	const [number] = parseNames(readScopes() ?? '').findLast(([id, name]) => name === printed && id <= 255) ?? [];
	return number === undefined ? printed : String(number);
}

/** Read on demand: such a name is rare, and the file may change. */
function readFirst(): string | undefined {
	for (const file of files) {
		try {
			return readFileSync(file, 'latin1');
		} catch {
			// This `ip` has its names elsewhere.
		}
	}
	return undefined;
}
