import {type Announced, type AnnouncedInterface, entryFinder} from '../model/announced.js';
import {identityKey, type LinkIdentity, sameIdentity} from '../model/interface-table.js';
import type {AddStep, Step} from '../model/step.js';
import {sameRecord} from './record.js';
import {type Held, heldByAddress} from './shared-address.js';
import {type Wishes, wishFor} from './wishes.js';

/**
 * `diff(desired, announced)` of the interfaces: deletes in the order in which they were announced, then adds
 * (docs/rules.md, rule 7). Applied in full, and the routes after them, it leads to a plan that is empty.
 */
export function planInterfaces(desired: Wishes, {interfaces}: Announced): Step[] {
	const unsettled = interfaces.filter((entry) => !isSettled(entry, desired));
	const held = heldAmong(unsettled, interfaces, desired).map(({entry}) => entry);
	const due = held.length === 0 ? unsettled : unsettled.filter((entry) => !held.includes(entry));
	// Whether the guest has one whose call failed no delete can settle then: twice is better than not at all.
	const addable = held.length === 0 ? unsettled : unsettled.filter((entry) => entry.standing === 'unsure' || !held.includes(entry));
	const adds = planAdds(desired, interfaces, addable);
	// What stays keeps its name in the guest.
	const keepsName = (step: AddStep) => held.some((entry) => entry.record.name === step.record.name && !sameIdentity(entry, step.identity));
	return [...planDeletes(interfaces, due), ...(held.length === 0 ? adds : adds.filter((step) => !keepsName(step)))];
}

/**
 * The same of the routes.
 *
 * @param routes fingerprint of the list to send
 */
export function planRoutes({routesOwed, routes: before}: Announced, routes: string): Step[] {
	return routesOwed || before !== routes ? [{op: 'update-routes'}] : [];
}

/** The announced interfaces that should be detached and stay, with the reason. */
export function heldInterfaces(desired: Wishes, {interfaces}: Announced): Held[] {
	return heldAmong(
		interfaces.filter((entry) => !isSettled(entry, desired)),
		interfaces,
		desired,
	);
}

function heldAmong(unsettled: Entries, interfaces: Entries, desired: Wishes): Held[] {
	const doomed = unsettled.filter(({standing}) => standing !== 'withdrawn');
	if (doomed.length === 0) return [];
	const byAddress = heldByAddress(interfaces, doomed, (entry) => wishFor(desired, entry) !== undefined);
	return byAddress.length === 0 ? [] : withHeldByName(byAddress, doomed, desired);
}

/** What stays keeps its name in the guest. One that was to be attached again under that name stays too: it would be lost. */
function withHeldByName(held: readonly Held[], doomed: Entries, desired: Wishes): Held[] {
	const all = [...held];
	const keeper = (name: string, entry: AnnouncedInterface) =>
		all.some((other) => other.entry.record.name === name && other.entry !== entry);
	for (let found = true; found; ) {
		found = false;
		for (const entry of doomed) {
			const name = wishFor(desired, entry)?.record.name;
			if (name === undefined || all.some((other) => other.entry === entry) || !keeper(name, entry)) continue;
			all.push({entry, reason: {code: 'name-kept', name}});
			found = true;
		}
	}
	return all;
}

/** Whether the runtime has it as it is to have it. */
function isSettled(entry: AnnouncedInterface, desired: Wishes): boolean {
	if (entry.standing !== 'told') return false;
	const wish = wishFor(desired, entry);
	return wish !== undefined && sameRecord(wish.record, entry.record);
}

type Entries = readonly AnnouncedInterface[];

function planDeletes(interfaces: Entries, unsettled: Entries): Step[] {
	const doomed = unsettled.filter(({standing}) => standing !== 'withdrawn');
	if (doomed.length === 0) return [];
	// The consumer detaches by hardware address alone, so whoever shares one goes too (docs/rules.md, rule 8).
	const going = new Set(doomed);
	const addresses = new Set(doomed.map(({record}) => record.hwaddr));
	addresses.delete('');
	return interfaces
		.filter((entry) => entry.standing !== 'withdrawn' && (going.has(entry) || addresses.has(entry.record.hwaddr)))
		.map((entry) => ({op: 'del-iface', entry}));
}

/** Whether it goes for its own sake, and not only because it shares the hardware address of one that does. */
export function mustGo(entry: AnnouncedInterface, desired: Wishes): boolean {
	return entry.standing !== 'withdrawn' && !isSettled(entry, desired);
}

/** First what is to be told again, in the order in which it was told, then what is new. */
function planAdds(desired: Wishes, interfaces: Entries, unsettled: Entries): AddStep[] {
	const adds: AddStep[] = [];
	for (const entry of unsettled) {
		const wish = wishFor(desired, entry);
		if (wish !== undefined) adds.push({op: 'add-iface', identity: entry, record: wish.record});
	}
	const entryOf = entryFinder(interfaces);
	for (const [ifindex, {tracked, record}] of desired.wanted) {
		const {incarnation} = tracked;
		if (entryOf(ifindex, incarnation) === undefined) adds.push({op: 'add-iface', identity: {ifindex, incarnation}, record});
	}
	return adds;
}

/** The key under which a step is queued and held back: one per interface and operation, one for all routes. */
export function stepKey(step: Step): string {
	const identity = stepIdentity(step);
	return identity === undefined ? step.op : `${step.op} ${identityKey(identity)}`;
}

/** The interface that a step is about; undefined for the routes. */
export function stepIdentity(step: Step): LinkIdentity | undefined {
	if (step.op === 'update-routes') return undefined;
	return step.op === 'add-iface' ? step.identity : step.entry;
}

/**
 * The steps that may be taken now. An add waits for the delete that it replaces: of the same
 * interface, of one with its name, or of one with its hardware address (docs/rules.md, rules 4 and 8). The
 * last only if that delete is not held back, or what fails for ever would keep out what shares its address.
 */
export function withoutBlocked(steps: readonly Step[], isHeldBack: (step: Step) => boolean = () => false): Step[] {
	const deletes = steps.flatMap((step) => (step.op === 'del-iface' ? [step.entry] : []));
	if (deletes.length === 0) return [...steps];
	const indices = new Set(deletes.map(({ifindex}) => ifindex));
	const names = new Set(deletes.map(({record}) => record.name));
	const addresses = new Set(steps.flatMap((step) => (step.op === 'del-iface' && !isHeldBack(step) ? [step.entry.record.hwaddr] : [])));
	addresses.delete('');
	return steps.filter(
		(step) =>
			step.op !== 'add-iface' || !(indices.has(step.identity.ifindex) || names.has(step.record.name) || addresses.has(step.record.hwaddr)),
	);
}
