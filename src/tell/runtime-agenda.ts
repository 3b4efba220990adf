import {affectedBy, beginStep, failStep, forgetMoot, settleStep} from '../diff/announce.js';
import {type DueSteps, dueSteps} from '../diff/due-steps.js';
import {withoutNameClashes} from '../diff/name-clashes.js';
import {heldInterfaces, planInterfaces, planRoutes, stepKey} from '../diff/plan.js';
import {changesMemory, rememberLinks} from '../diff/remember.js';
import {announcedAtStart} from '../diff/rules.js';
import type {Held} from '../diff/shared-address.js';
import {judgeWishes, nextWish, noWishes, overdue, type Wishes} from '../diff/wishes.js';
import {type Announced, type AnnouncedRecord, entryFinder} from '../model/announced.js';
import type {CallOutcome, RuntimeCall} from '../model/call.js';
import type {Log} from '../model/log.js';
import type {Delta, Picture} from '../model/picture.js';
import type {Rules} from '../model/rules.js';
import type {StateStore} from '../model/state.js';
import type {Step} from '../model/step.js';
import type {Backoff} from '../time/backoff.js';
import type {Clock} from '../time/clock.js';
import type {Agenda, Due, Turn} from './agenda.js';
import {HeldWarnings} from './held-warnings.js';
import {Keeper} from './keeper.js';
import {RouteList, type RouteListForm} from './route-list.js';
import {RoutesBetween} from './routes-between.js';

/** How interfaces and routes are written for the runtime. */
export interface RuntimeForm extends RouteListForm {
	interface(record: AnnouncedRecord): string;
}

export interface RuntimeAgendaPorts {
	readonly form: RuntimeForm;
	readonly store: StateStore;
	readonly clock: Clock;
	readonly log: Log;
	/** Resolves when the current look, if there is one, has been absorbed. */
	settled(): Promise<void>;
	/** The number of the last look, for the state file. */
	serial(): number;
}

/** A runtime call that is about to be made, and the step behind it. */
interface RuntimeTurn extends Turn<RuntimeCall> {
	readonly step: Step;
}

/** Deletes, then adds, then routes (docs/rules.md, rule 7). */
const priorities: Readonly<Record<Step['op'], number>> = {'del-iface': 2, 'add-iface': 1, 'update-routes': 0};
const routesKey = 'update-routes';

/** What a container runtime has to be told: the difference between what the picture asks for and what was announced. */
export class RuntimeAgenda implements Agenda<RuntimeCall, RuntimeTurn> {
	readonly #ports: RuntimeAgendaPorts;
	readonly #rules: Rules;
	readonly #routes: RouteList;
	readonly #keeper: Keeper;
	readonly #between = new RoutesBetween();
	#picture: Picture | undefined;
	/** What an earlier run announced. Without one, the first picture counts as announced. */
	#announced: Announced | undefined;
	/** What each link by itself asks for. */
	#wishes: Wishes = noWishes;
	/** The wishes without duplicate names: what the runtime should have. */
	#desired: Wishes = noWishes;
	readonly #held: HeldWarnings;
	/** The difference between desired and announced interfaces; undefined if it must be computed again. */
	#interfaceSteps: readonly Step[] | undefined;

	constructor(earlier: Announced | undefined, rules: Rules, ports: RuntimeAgendaPorts) {
		this.#announced = earlier;
		this.#rules = rules;
		this.#ports = ports;
		this.#routes = new RouteList(rules, ports.form, ports.log);
		this.#held = new HeldWarnings(ports.log);
		this.#keeper = new Keeper(ports.store, ports.clock, ports.log, () => this.#state());
	}

	get announced(): Announced {
		return this.#announced ?? {interfaces: [], routes: undefined, routesOwed: false};
	}

	/** The announced interfaces that should be detached and stay, with the reason. */
	get kept(): readonly Held[] {
		return heldInterfaces(this.#desired, this.announced);
	}

	/** Takes what a look has changed. */
	observe(picture: Picture, delta: Delta): void {
		const tableBefore = this.#picture?.table;
		this.#picture = picture;
		const interfaces = this.#announced?.interfaces ?? announcedAtStart(picture.table, this.#rules.families);
		this.#routes.observe(picture, delta, interfaces);
		// Rule 1: at the start, the runtime itself has attached the interfaces and sent the routes.
		this.#announced ??= {interfaces, routes: this.#routes.fingerprint, routesOwed: false};
		this.#judge(delta.links.map(({ifindex}) => ifindex));
		// If an earlier run left a call with an unknown outcome, that must be saved before the next call.
		if (tableBefore === undefined) this.#keeper.changed();
		else if (changesMemory(delta.links, tableBefore)) this.#keeper.looked();
	}

	due(now: number, backoff: Backoff): Due {
		const {steps, due, nextAt} = this.#due(now, backoff);
		const next = Math.min(nextAt ?? Number.POSITIVE_INFINITY, nextWish(this.#wishes) ?? Number.POSITIVE_INFINITY);
		return {
			due: due.map((step) => ({key: stepKey(step), priority: priorities[step.op]})),
			planned: new Set(steps.map(stepKey)),
			nextAt: next === Number.POSITIVE_INFINITY ? undefined : next,
		};
	}

	ready(key: string): Promise<void> | undefined {
		// A look that is running may change the list: wait for it, since one call is better than two.
		return key === routesKey ? this.#ports.settled() : undefined;
	}

	before(key: string, now: number): string | undefined {
		if (!this.#between.mayCome(key === routesKey, now)) return undefined;
		this.#planInterfaces(now);
		return this.announced.routes === this.#routes.fingerprint ? undefined : routesKey;
	}

	turn(key: string, now: number, backoff: Backoff): RuntimeTurn | undefined {
		const step = this.#due(now, backoff, key).due.find((candidate) => stepKey(candidate) === key);
		if (step === undefined) return undefined;
		const call = {op: step.op, payload: this.#payload(step), ...interfaceOf(step)};
		return {call, subject: this.#subject(step), step};
	}

	begin({step}: RuntimeTurn): void {
		this.#keeper.begin(step);
		this.#announce(beginStep(this.announced, step));
	}

	end({step, subject}: RuntimeTurn, outcome: CallOutcome, now: number): void {
		if (step.op === 'update-routes') this.#between.came(now);
		const before = this.announced;
		this.#announce(outcome.ok ? settleStep(before, step, this.#desired, subject) : failStep(before, step));
		this.#judge(affectedBy(step, before));
		this.#keeper.ended();
	}

	drained(): void {
		this.#between.drained();
	}

	idle(): void {
		this.#routes.warn();
		this.#held.warn(this.kept);
	}

	stop(): void {
		this.#keeper.stop();
	}

	#announce(announced: Announced): void {
		if (this.#picture !== undefined && announced.interfaces !== this.#announced?.interfaces) {
			this.#routes.announce(this.#picture, announced.interfaces);
		}
		this.#announced = announced;
		this.#interfaceSteps = undefined;
	}

	/** Decides again whether the runtime should have these links. */
	#judge(ifindices: readonly number[]): void {
		this.#interfaceSteps = undefined;
		if (this.#picture === undefined || ifindices.length === 0) return;
		const entryOf = entryFinder(this.announced.interfaces);
		this.#wishes = judgeWishes(this.#wishes, ifindices, this.#picture.table, entryOf, this.#rules, this.#ports.clock.now());
		this.#desired = withoutNameClashes(this.#wishes, this.#rules.families);
	}

	#planInterfaces(now: number): readonly Step[] {
		const waited = overdue(this.#wishes, now);
		if (waited.length > 0) this.#judge(waited);
		if (this.#interfaceSteps === undefined) {
			const announced = forgetMoot(this.announced, this.#desired);
			if (announced !== this.#announced) {
				this.#announce(announced);
				this.#keeper.changed();
			}
			this.#interfaceSteps = planInterfaces(this.#desired, announced);
		}
		return this.#interfaceSteps;
	}

	/**
	 * All planned steps, and those that are due. While interface steps are due, the route list is not computed: it is sent after them, and
	 * computing it takes 8 ms with 3,000 interfaces.
	 *
	 * @param key the key in question; undefined: the next one
	 */
	#due(now: number, backoff: Backoff, key?: string): DueSteps & {readonly steps: readonly Step[]} {
		if (this.#picture === undefined) return {steps: [], due: [], nextAt: undefined};
		const heldUntil = (step: Step) => {
			const key = stepKey(step);
			return backoff.holds(key) ? backoff.readyAt(key, this.#subject(step)) : Number.NEGATIVE_INFINITY;
		};
		const dueOf = (steps: readonly Step[]) => ({steps, ...dueSteps(steps, this.#desired, heldUntil, now)});
		const interfaces = dueOf(this.#planInterfaces(now));
		if (interfaces.due.length > 0 && key !== routesKey && !backoff.holds(routesKey)) return interfaces;
		return dueOf([...interfaces.steps, ...planRoutes(this.announced, this.#routes.fingerprint)]);
	}

	#subject(step: Step): string {
		return step.op === 'update-routes' ? this.#routes.fingerprint : this.#payload(step);
	}

	#payload(step: Step): string {
		if (step.op === 'update-routes') return this.#routes.payload;
		return this.#ports.form.interface(step.op === 'add-iface' ? step.record : step.entry.record);
	}

	#state() {
		if (this.#picture === undefined) return undefined;
		const announced = this.announced;
		return {announced, links: rememberLinks(this.#picture.table, announced), serial: this.#ports.serial()};
	}
}

function interfaceOf(step: Step): Pick<RuntimeCall, 'ifindex' | 'ifname'> {
	if (step.op === 'update-routes') return {};
	if (step.op === 'add-iface') return {ifindex: step.identity.ifindex, ifname: step.record.name};
	return {ifindex: step.entry.ifindex, ifname: step.entry.record.name};
}
