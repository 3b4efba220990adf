import {isObject} from '../json/fields.js';
import type {Difference, FlagsDifference, ValueDifference} from '../model/event.js';
import type {Address} from '../model/link.js';
import type {NextHop, Route} from '../model/route.js';
import {addressName, metricsText, nextHopText, valueText} from './record-words.js';

type Words = (difference: ValueDifference) => string | undefined;

/** The changes of an interface: `mtu 1500 → 1400, no carrier`. */
export function linkChangeText(changes: readonly Difference[]): string {
	return changeText(changes, linkFlagWords, linkFieldWords(changes));
}

/** The changes of an address: `fd00::1/64 can be used`. */
export function addressChangeText(address: Address, changes: readonly Difference[]): string {
	const failed = address.dadfailed === true;
	const text = changeText(changes, plainFlagWords, ({field, before}) => {
		if (field === 'tentative' && before === true) return failed ? '' : 'can be used';
		if (field === 'dadfailed') return failed ? 'is used by another host' : '';
		return undefined;
	});
	return `${addressName(address)} ${text}`;
}

/** The changes of a route: `via 10.0.0.1 → 10.0.0.9`. */
export function routeChangeText(changes: readonly Difference[]): string {
	return changeText(changes, plainFlagWords, routeFieldWords);
}

function changeText(changes: readonly Difference[], ofFlags: (difference: FlagsDifference) => string[], ofField: Words): string {
	return changes
		.flatMap((change) => ('added' in change ? ofFlags(change) : [ofField(change) ?? plainWords(change)]))
		.filter((text) => text !== '')
		.join(', ');
}

function plainWords({field, before, after}: ValueDifference): string {
	return `${field} ${valueText(before)} → ${valueText(after)}`;
}

/** The flags that say whether an interface works have their own words. */
const stateFlags: ReadonlySet<string> = new Set(['UP', 'LOWER_UP', 'NO-CARRIER']);

function linkFlagWords({added, removed}: FlagsDifference): string[] {
	const plain = plainFlagWords({
		field: 'flags',
		added: added.filter((flag) => !stateFlags.has(flag)),
		removed: removed.filter((flag) => !stateFlags.has(flag)),
	});
	if (removed.includes('UP')) return ['down', ...plain];
	const up = added.includes('UP') ? ['up'] : [];
	if (added.includes('NO-CARRIER')) return [...up, 'no carrier', ...plain];
	const carrier = removed.includes('NO-CARRIER') && up.length === 0 ? ['carrier'] : [];
	return [...up, ...carrier, ...plain];
}

function plainFlagWords({added, removed}: FlagsDifference): string[] {
	return [...added.map((flag) => `+${flag}`), ...removed.map((flag) => `-${flag}`)];
}

function linkFieldWords(changes: readonly Difference[]): Words {
	const ofState = changes.some((change) => 'added' in change && [...change.added, ...change.removed].some((flag) => stateFlags.has(flag)));
	return (change) => {
		const {field, before, after} = change;
		if (field === 'ifname') return `renamed from ${valueText(before)}`;
		if (field === 'master' && before === undefined) return `joined ${valueText(after)}`;
		if (field === 'master' && after === undefined) return `left ${valueText(before)}`;
		if (field === 'altnames') return listWords('altname', before, after);
		if (field === 'ifalias') return `alias ${valueText(after)}`;
		// The flags have already said so.
		if (field === 'operstate') return ofState ? '' : `state ${valueText(before)} → ${valueText(after)}`;
		return undefined;
	};
}

function listWords(name: string, before: unknown, after: unknown): string {
	const [old, fresh] = [listOf(before), listOf(after)];
	const added = fresh.filter((item) => !old.includes(item)).map((item) => `+${name} ${item}`);
	const removed = old.filter((item) => !fresh.includes(item)).map((item) => `-${name} ${item}`);
	return [...added, ...removed].join(', ');
}

function listOf(value: unknown): string[] {
	return Array.isArray(value) ? value.map(String) : [];
}

/** The values come from the field of this name in a route (diff/differences.ts). */
function routeFieldWords({field, before, after}: ValueDifference): string | undefined {
	if (field === 'gateway') return `via ${valueText(before)} → ${valueText(after)}`;
	if (field === 'prefsrc') return `src ${valueText(before)} → ${valueText(after)}`;
	if (field === 'protocol') return `proto ${valueText(before)} → ${valueText(after)}`;
	if (field === 'metrics') return `${metricsText(metricsOf(before)) || 'no metrics'} → ${metricsText(metricsOf(after)) || 'none'}`;
	if (field !== 'nexthops') return undefined;
	const [old, fresh] = [hopsOf(before).map(nextHopText), hopsOf(after).map(nextHopText)];
	const added = fresh.filter((hop) => !old.includes(hop)).map((hop) => `+${hop}`);
	const removed = old.filter((hop) => !fresh.includes(hop)).map((hop) => `-${hop}`);
	return [...removed, ...added].join(', ');
}

function metricsOf(value: unknown): Route['metrics'] {
	return Array.isArray(value) && value.every(isObject) ? value : [];
}

function hopsOf(value: unknown): readonly NextHop[] {
	return Array.isArray(value) && value.every(isHop) ? value : [];
}

function isHop(value: unknown): value is NextHop {
	return isObject(value) && 'weight' in value && 'flags' in value;
}
