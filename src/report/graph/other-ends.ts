import type {Link} from '../../model/link.js';
import type {DrawnNamespace} from './drawn-namespace.js';

/** Where the parent or peer of a link is: in a drawn namespace, or in another one, whose name may be known. */
export type OtherEnd =
	| {readonly place: number; readonly ifindex: number}
	| {readonly outside: string | undefined; readonly ifindex: number};

/** Links of one namespace whose parent or peer is in the same other namespace. */
interface Group {
	readonly place: number;
	readonly links: readonly CrossingLink[];
	/** From `ip netns list-id`, or concluded; undefined if unknown. */
	target: number | string | undefined;
}

type CrossingLink = Link & {readonly link_index: number};

/**
 * Finds the other ends of links whose parent or peer is in another namespace.
 *
 * A link names its other end by an index and the number of a namespace. Only the namespace of the link knows what the number stands for. If
 * `ip netns list-id` does not say (it knows only namespaces with a name), the number stands for the one namespace in which each veth with
 * this number has a peer that points back. Each namespace that is found rules out others. The parent of a macvlan does not name its children.
 * It is found only if all namespaces are drawn and a single one has its index.
 *
 * @param all whether these are all namespaces of the host
 */
export function otherEnds(namespaces: readonly DrawnNamespace[], all: boolean): (place: number, link: Link) => OtherEnd | undefined {
	const groups = namespaces.flatMap(groupsOf);
	const byIndex = namespaces.map(({links}) => new Map(links.map((link) => [link.ifindex, link])));
	const targetOf = new Map<string, Group>();
	for (const group of groups) for (const {ifindex} of group.links) targetOf.set(`${group.place}.${ifindex}`, group);

	const pointsBack = (from: number, link: CrossingLink, to: number): boolean => {
		const peer = byIndex[to]?.get(link.link_index);
		if (peer?.link_kind !== 'veth' || peer.link_index !== link.ifindex) return false;
		const back = targetOf.get(`${to}.${peer.ifindex}`)?.target;
		return back === undefined || back === from;
	};
	const fits = ({place, links}: Group, to: number): boolean =>
		to !== place &&
		links.every((link) => (link.link_kind === 'veth' ? pointsBack(place, link, to) : byIndex[to]?.has(link.link_index) === true));

	const open = new Set(
		groups.filter(({target, links}) => target === undefined && (all || links.some(({link_kind}) => link_kind === 'veth'))),
	);
	for (let before = -1; before !== open.size; ) {
		before = open.size;
		for (const group of open) {
			const taken = new Set(groups.filter(({place}) => place === group.place).map(({target}) => target));
			const [target, ...others] = [...namespaces.keys()].filter((to) => !taken.has(to) && fits(group, to));
			if (target === undefined || others.length > 0) continue;
			group.target = target;
			open.delete(group);
		}
	}
	return (place, {ifindex, link_index}) => {
		if (link_index === undefined) return undefined;
		const target = targetOf.get(`${place}.${ifindex}`)?.target;
		return typeof target === 'number' ? {place: target, ifindex: link_index} : {outside: target, ifindex: link_index};
	};
}

function groupsOf({links, numbers}: DrawnNamespace, place: number): Group[] {
	const byNumber = new Map<string, CrossingLink[]>();
	for (const link of links) {
		const {link_index, link_netnsid, ifindex} = link;
		if (link_index === undefined) continue;
		// A link without a number is in a group of its own.
		const key = link_netnsid === undefined ? `link ${ifindex}` : String(link_netnsid);
		const others = byNumber.get(key) ?? [];
		others.push({...link, link_index});
		byNumber.set(key, others);
	}
	return [...byNumber].map(([key, group]) => ({place, links: group, target: numbers.get(Number(key))}));
}
