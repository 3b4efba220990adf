import type {Link} from '../model/link.js';
import {hardwareAddress} from '../text/hardware-address.js';

/** What a link is known by after a time in which nobody looked. */
export interface LinkNature {
	readonly kind: string;
	/** Bytes in hexadecimal; '' where there is none. */
	readonly hwaddr: string;
}

export function natureOf({link_kind, address}: Pick<Link, 'link_kind' | 'address'>): LinkNature {
	return {kind: link_kind, hwaddr: hardwareAddress(address)};
}
