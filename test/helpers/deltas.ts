import type {TrackedLink} from '../../src/model/interface-table.js';
import type {Family, Link} from '../../src/model/link.js';
import type {Delta, LinkDelta, LookFacts, Picture} from '../../src/model/picture.js';
import type {Route} from '../../src/model/route.js';
import {track} from './records.js';

type Item = Link | TrackedLink;

const tracked = (item: Item | undefined): TrackedLink | undefined => (item === undefined || 'incarnation' in item ? item : track(item));

/** One place of the interface table: what was there, and what is. */
export function linkDelta(before: Item | undefined, after: Item | undefined): LinkDelta {
	const [old, next] = [tracked(before), tracked(after)];
	return {ifindex: (next ?? old)?.link.ifindex ?? 0, before: old, after: next};
}

export function linksDelta(...pairs: readonly (readonly [Item | undefined, Item | undefined])[]): Delta {
	return {links: pairs.map(([before, after]) => linkDelta(before, after)), routes: new Map()};
}

/** A splice of a whole list. */
export function routesDelta(removed: readonly Route[], added: readonly Route[], family: Family = 'inet'): Delta {
	return {links: [], routes: new Map([[family, {start: 0, removed, added}]])};
}

/** The delta of the first look. */
export function startDelta({table, routes}: Picture): Delta {
	return {
		links: [...table.values()].map((after) => linkDelta(undefined, after)),
		routes: new Map([...routes].map(([family, added]) => [family, {start: 0, removed: [], added}])),
	};
}

/** How a look came about: by events that reported everything, unless stated otherwise. */
export function lookBy(cause: LookFacts['cause'] = 'event', heard: LookFacts['heard'] = () => true): LookFacts {
	return {cause, heard};
}
