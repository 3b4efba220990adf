import type {Step} from '../model/step.js';
import {mustGo, withoutBlocked} from './plan.js';
import {type Wishes, wishFor} from './wishes.js';

/** Until when a step is held back after a failure; a time in the past if it is not. */
export type HeldUntil = (step: Step) => number;

/** What may be told now, and when the next step may be. */
export interface DueSteps {
	readonly due: readonly Step[];
	readonly nextAt: number | undefined;
}

/** The planned steps that neither wait for another step nor are held back. */
export function dueSteps(steps: readonly Step[], wishes: Wishes, heldUntil: HeldUntil, now: number): DueSteps {
	const readyAt = (step: Step) => readyAtWith(step, steps, wishes, heldUntil);
	const due: Step[] = [];
	let nextAt: number | undefined;
	for (const step of withoutBlocked(steps, (each) => readyAt(each) > now)) {
		const at = readyAt(step);
		if (at <= now) due.push(step);
		else nextAt = Math.min(nextAt ?? at, at);
	}
	return {due, nextAt};
}

function readyAtWith(step: Step, steps: readonly Step[], wishes: Wishes, heldUntil: HeldUntil): number {
	const own = ownReadyAt(step, wishes, heldUntil);
	if (step.op !== 'del-iface' || mustGo(step.entry, wishes)) return own;
	// The interface goes together with those that share its hardware address (docs/rules.md, rule 8). Until then the guest keeps it.
	const {hwaddr} = step.entry.record;
	let first = Number.POSITIVE_INFINITY;
	for (const other of steps) {
		if (other.op !== 'del-iface' || other.entry.record.hwaddr !== hwaddr || !mustGo(other.entry, wishes)) continue;
		first = Math.min(first, ownReadyAt(other, wishes, heldUntil));
	}
	return Math.max(own, first);
}

/** An interface whose add failed is deleted, to settle what the runtime has, only just before the add is retried. */
function ownReadyAt(step: Step, wishes: Wishes, heldUntil: HeldUntil): number {
	const readyAt = heldUntil(step);
	if (step.op !== 'del-iface' || step.entry.standing !== 'unsure') return readyAt;
	const wish = wishFor(wishes, step.entry);
	if (wish === undefined) return readyAt;
	return Math.max(readyAt, heldUntil({op: 'add-iface', identity: step.entry, record: wish.record}));
}
