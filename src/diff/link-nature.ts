import type {Link} from '../model/link.js';
import {hardwareAddress} from '../text/hardware-address.js';

/** What identifies a link after a time without looks. */
export interface LinkNature {
	readonly kind: string;
	/** Bytes in hexadecimal; '' if it has none. */
	readonly hwaddr: string;
}

export function natureOf({link_kind, address}: Pick<Link, 'link_kind' | 'address'>): LinkNature {
	return {kind: link_kind, hwaddr: hardwareAddress(address)};
}
