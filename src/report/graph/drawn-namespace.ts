import type {Link} from '../../model/link.js';
import type {Route} from '../../model/route.js';

/** A namespace to draw. */
export interface DrawnNamespace {
	/** The title of its box. */
	readonly name: string;
	/** More about it, for example the command of its process. */
	readonly detail?: string;
	readonly links: readonly Link[];
	readonly routes: readonly Route[];
	/**
	 * The namespaces that its numbers (`link_netnsid`) stand for, as far as `ip netns list-id` knows: a place in the list of drawn
	 * namespaces, or the name of one that is not drawn. Only this namespace uses these numbers.
	 */
	readonly numbers: ReadonlyMap<number, number | string>;
}
