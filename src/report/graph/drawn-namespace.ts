import type {Link} from '../../model/link.js';
import type {Route} from '../../model/route.js';

/** A namespace that was read, to be drawn beside others. */
export interface DrawnNamespace {
	/** What it is called. */
	readonly name: string;
	/** What else is known of it: the command of its process, for example. */
	readonly detail?: string;
	readonly links: readonly Link[];
	readonly routes: readonly Route[];
	/**
	 * What its numbers of other namespaces (`link_netnsid`) stand for, as far as `ip netns list-id` says it: a place in the list
	 * of those drawn, or the name of one that is not drawn. A number means something in this namespace only.
	 */
	readonly numbers: ReadonlyMap<number, number | string>;
}
