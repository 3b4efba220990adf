import {type Announced, type AnnouncedInterface, entryFinder} from '../model/announced.js';
import {identityKey, type LinkIdentity, sameIdentity} from '../model/interface-table.js';
import type {AddStep, Step} from '../model/step.js';
import {sameRecord} from './record.js';
import {type Held, heldByAddress} from './shared-address.js';
import {type Wishes, wishFor} from './wishes.js';

/**
 * The difference between desired and announced interfaces: deletes in the order in which they were announced, then adds (docs/rules.md,
 * rule 7). Once these steps and the routes are done, the plan is empty.
 */
export function planInterfaces(desired: Wishes, {interfaces}: Announced): Step[] {
	const unsettled = interfaces.filter((entry) => !isSettled(entry, desired));
	const held = heldAmong(unsettled, interfaces, desired).map(({entry}) => entry);
	const due = unsettled.filter((entry) => !held.includes(entry));
	// No delete settles whether the guest has an interface whose call failed and that is held. Adding it twice beats never.
	const addable = unsettled.filter((entry) => entry.standing === 'unsure' || !held.includes(entry));
	// An interface that stays keeps its name in the guest.
	const keepsName = (step: AddStep) => held.some((entry) => entry.record.name === step.record.name && !sameIdentity(entry, step.identity));
	return [...planDeletes(interfaces, due), ...planAdds(desired, interfaces, addable).filter((step) => !keepsName(step))];
}

/** The same for the routes. `routes` is the fingerprint of the list to send. */
export function planRoutes({routesOwed, routes: before}: Announced, routes: string): Step[] {
	return routesOwed || before !== routes ? [{op: 'update-routes'}] : [];
}

/** The announced interfaces that should be detached but stay, with the reason. */
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

/** An interface that stays keeps its name in the guest. Another one that needs that name must stay too, or it would be lost. */
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

/** Whether the runtime has the interface as it should. */
function isSettled(entry: AnnouncedInterface, desired: Wishes): boolean {
	if (entry.standing !== 'told') return false;
	const wish = wishFor(desired, entry);
	return wish !== undefined && sameRecord(wish.record, entry.record);
}

type Entries = readonly AnnouncedInterface[];

function planDeletes(interfaces: Entries, unsettled: Entries): Step[] {
	const doomed = unsettled.filter(({standing}) => standing !== 'withdrawn');
	if (doomed.length === 0) return [];
	// The consumer detaches by hardware address alone, so every interface that shares one goes too (docs/rules.md, rule 8).
	const going = new Set(doomed);
	const addresses = new Set(doomed.map(({record}) => record.hwaddr));
	addresses.delete('');
	return interfaces
		.filter((entry) => entry.standing !== 'withdrawn' && (going.has(entry) || addresses.has(entry.record.hwaddr)))
		.map((entry) => ({op: 'del-iface', entry}));
}

/** Whether it must go for its own sake, and not only because it shares a hardware address. */
export function mustGo(entry: AnnouncedInterface, desired: Wishes): boolean {
	return entry.standing !== 'withdrawn' && !isSettled(entry, desired);
}

/** First the interfaces to announce again, in the order in which they were announced, then the new ones. */
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

/** The key under which a step is queued and held back: one for each interface and operation, one for all routes. */
export function stepKey(step: Step): string {
	const identity = stepIdentity(step);
	return identity === undefined ? step.op : `${step.op} ${identityKey(identity)}`;
}

/** The interface of a step; undefined for the routes. */
export function stepIdentity(step: Step): LinkIdentity | undefined {
	if (step.op === 'update-routes') return undefined;
	return step.op === 'add-iface' ? step.identity : step.entry;
}

/**
 * The steps that may be taken now. An add waits for the delete that it replaces: of the same interface, of one with the same name, or of
 * one with the same hardware address (docs/rules.md, rules 4 and 8). In the last case it does not wait for a delete that is held back: a
 * delete that fails for ever would keep out every interface with that address.
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
