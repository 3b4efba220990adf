import type {EventBody} from '../model/event.js';
import type {Family} from '../model/link.js';
import {familyOf} from '../text/ip-prefix.js';
import {shellPattern} from '../text/shell-pattern.js';
import {devicesOf} from './causes.js';

/** The values of `--only`. */
export const eventTopics = ['interface', 'address', 'route', 'call'] as const;
export type EventTopic = (typeof eventTopics)[number];

/** Which events count. An absent list restricts nothing. */
export interface EventChoice {
	/** Of `eventTopics`. */
	readonly only?: readonly string[];
	/** Shell patterns of interface names. */
	readonly dev?: readonly string[];
	readonly families?: readonly Family[];
	/** Whether a table counts, by the name or number that `ip` prints. */
	readonly table?: (name: string) => boolean;
}

export type EventFilter = (body: EventBody) => boolean;

/** Makes the test for events that count. Events about the watch itself (`ready`, `loss`, …) always count. */
export function eventFilter(choice: EventChoice): EventFilter {
	const {only, dev, families, table = () => true} = choice;
	if (only === undefined && dev === undefined && choice.table === undefined && hasBoth(families)) return () => true;
	const topics: ReadonlySet<string> | undefined = only === undefined ? undefined : new Set(only);
	const patterns = dev?.map(shellPattern);
	const named = (names: readonly (string | undefined)[]) =>
		patterns === undefined || names.some((name) => name !== undefined && patterns.some((fits) => fits(name)));
	const ofFamily = (family: Family) => families === undefined || families.includes(family);
	return (body) => {
		const [topic = ''] = body.event.split('-', 1);
		if (topics !== undefined && isTopic(topic) && !topics.has(topic)) return false;
		if ('address' in body) return named([body.ifname]) && ofFamily(body.address.family);
		if ('interface' in body && body.interface !== undefined) return named([body.interface.ifname, nameBefore(body)]);
		if ('route' in body && body.route !== undefined) {
			// Of a flap only the destination says the family, and `default` says none.
			const {dst} = body.route;
			if (!('family' in body.route)) return named([body.route.dev]) && (dst === 'default' || ofFamily(familyOf(dst)));
			return ofFamily(body.route.family) && table(body.route.table) && named([...devicesOf(body.route), ...devicesBefore(body)]);
		}
		return body.event !== 'call' || body.ifname === undefined || named([body.ifname]);
	};
}

function hasBoth(families: readonly Family[] | undefined): boolean {
	return families === undefined || (families.includes('inet') && families.includes('inet6'));
}

function isTopic(text: string): text is EventTopic {
	return eventTopics.some((topic) => topic === text);
}

/** A renamed interface counts under both names. */
function nameBefore(body: EventBody): string | undefined {
	return body.event === 'interface-changed' ? before(body.changes, 'ifname') : undefined;
}

function devicesBefore(body: EventBody): (string | undefined)[] {
	return body.event === 'route-changed' ? [before(body.changes, 'dev')] : [];
}

function before(changes: readonly {readonly field: string; readonly before?: unknown}[], name: string): string | undefined {
	const value = changes.find(({field}) => field === name)?.before;
	return typeof value === 'string' ? value : undefined;
}
