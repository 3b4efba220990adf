import type {Announced, AnnouncedInterface, AnnouncedRecord, Standing} from '../model/announced.js';
import {type LinkIdentity, sameIdentity} from '../model/interface-table.js';
import type {KeptState, SandboxState} from '../model/state.js';
import type {Step} from '../model/step.js';
import {stepIdentity} from './plan.js';
import {isAttachable, sharesAddress} from './shared-address.js';
import {type Wishes, wishFor} from './wishes.js';

/** What is announced once a call begins. It stays so if the call fails, because a failed call may have done its work. */
export function beginStep(announced: Announced, step: Step): Announced {
	if (step.op === 'update-routes') return {...announced, routes: undefined};
	if (step.op === 'add-iface') {
		return {...announced, interfaces: withLast(announced.interfaces, step.identity, step.record, 'unsure')};
	}
	// The call may detach any endpoint with this hardware address (docs/rules.md, rule 8).
	const concerned = (entry: AnnouncedInterface) => sameIdentity(entry, step.entry) || sharesAddress(entry, step.entry);
	const interfaces = announced.interfaces.map(
		(entry): AnnouncedInterface => (entry.standing === 'told' && concerned(entry) ? {...entry, standing: 'unsure'} : entry),
	);
	return {...announced, interfaces};
}

/**
 * The state to resume from. The outcome of a call that was running is unknown. Its incarnation may be newer than all others in the state,
 * so the serial must be past it: another link with the same incarnation would be taken for this one.
 */
export function resumeState({state, unfinished}: KeptState): SandboxState {
	if (unfinished === undefined) return state;
	const named = stepIdentity(unfinished)?.incarnation ?? 0;
	return {...state, announced: beginStep(state.announced, unfinished), serial: Math.max(state.serial, named)};
}

/** What is announced after a successful call. `routes` is the fingerprint of the list, if the call sent one. */
export function settleStep(begun: Announced, step: Step, desired: Wishes, routes: string): Announced {
	if (step.op === 'update-routes') return {...begun, routes, routesOwed: false};
	if (step.op === 'add-iface') {
		return {...begun, routesOwed: true, interfaces: withLast(begun.interfaces, step.identity, step.record, 'told')};
	}
	const wanted = wishFor(desired, step.entry) !== undefined;
	const interfaces = begun.interfaces.flatMap((entry): AnnouncedInterface[] => {
		if (!sameIdentity(entry, step.entry)) return [entry];
		return wanted ? [{...entry, standing: 'withdrawn'}] : [];
	});
	return {...begun, routesOwed: true, interfaces};
}

/**
 * What is announced after a failed call: what the call began stays unsure. One exception: an interface of a kind that the consumer always
 * refuses was not attached. If it shares its hardware address (a bridge with its port, an ipvlan with its parent), the delete before each
 * retry would detach the other interface.
 */
export function failStep(begun: Announced, step: Step): Announced {
	if (step.op !== 'add-iface' || isAttachable(step.record.linkType)) return begun;
	const shared = begun.interfaces.some((entry) => !sameIdentity(entry, step.identity) && entry.record.hwaddr === step.record.hwaddr);
	return shared ? {...begun, interfaces: withLast(begun.interfaces, step.identity, step.record, 'withdrawn')} : begun;
}

/** Forgets withdrawn interfaces that are no longer wanted. They need no call. */
export function forgetMoot(announced: Announced, desired: Wishes): Announced {
	const interfaces = announced.interfaces.filter((entry) => entry.standing !== 'withdrawn' || wishFor(desired, entry) !== undefined);
	return interfaces.length === announced.interfaces.length ? announced : {...announced, interfaces};
}

function withLast(
	interfaces: readonly AnnouncedInterface[],
	identity: LinkIdentity,
	record: AnnouncedRecord,
	standing: Standing,
): AnnouncedInterface[] {
	const {ifindex, incarnation} = identity;
	const others = interfaces.filter((entry) => !sameIdentity(entry, identity));
	return [...others, {ifindex, incarnation, record, standing}];
}

/** The links whose wishes a call for this step may change. */
export function affectedBy(step: Step, {interfaces}: Announced): number[] {
	const identity = stepIdentity(step);
	if (identity === undefined) return [];
	if (step.op !== 'del-iface') return [identity.ifindex];
	return [identity.ifindex, ...interfaces.flatMap((entry) => (sharesAddress(entry, step.entry) ? [entry.ifindex] : []))];
}
