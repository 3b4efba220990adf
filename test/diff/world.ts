import fc from 'fast-check';
import {absorb} from '../../src/diff/absorb.js';
import {beginStep, forgetMoot, settleStep} from '../../src/diff/announce.js';
import {firstTable} from '../../src/diff/first-table.js';
import {guestOf} from '../../src/diff/guest.js';
import {selectRoutes} from '../../src/diff/list-routes.js';
import {withoutBlocked} from '../../src/diff/plan.js';
import {announcedAtStart} from '../../src/diff/rules.js';
import type {Wishes} from '../../src/diff/wishes.js';
import type {Announced} from '../../src/model/announced.js';
import type {InterfaceTable} from '../../src/model/interface-table.js';
import type {Link} from '../../src/model/link.js';
import type {Rules} from '../../src/model/rules.js';
import type {Step} from '../../src/model/step.js';
import {routePayload} from '../../src/runtime/payload.js';
import {planSteps} from '../helpers/plan-steps.js';
import {inet, loopback, makeLink, makeRoute, wishesOf} from '../helpers/records.js';
import {Consumer} from './consumer.js';

const indices = [2, 3, 4, 5] as const;
const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'hkata'] as const;
/**
 * Only a few, so that interfaces share them. None is empty: the consumer attaches no kind without one, and could not distinguish them.
 */
const hwaddrs = ['02:00:00:00:00:01', '02:00:00:00:00:02', '02:00:00:00:00:03'] as const;
const up = ['UP', 'LOWER_UP'];

/** One change in the namespace. */
export type Happening = (links: Map<number, Link>, deleted: Set<number>) => void;

function changing(ifindex: number, change: (link: Link) => Partial<Link>): Happening {
	return (links) => {
		const link = links.get(ifindex);
		if (link !== undefined) links.set(ifindex, {...link, ...change(link)});
	};
}

/** Makes a link that replaces any with the same index. As in the kernel, no two have the same name. */
function making(ifindex: number, ifname: string, hwaddr: string, flags: readonly string[], addressed: boolean): Happening {
	return (links, deleted) => {
		if (links.delete(ifindex)) deleted.add(ifindex);
		if ([...links.values()].some((other) => other.ifname === ifname)) return;
		links.set(ifindex, makeLink(ifindex, {ifname, address: hwaddr, flags, ...(addressed ? {} : {addr_info: []})}));
	};
}

const index = fc.constantFrom(...indices);
const flags = fc.constantFrom(up, up, up, up, [], ['UP', 'NO-CARRIER']);

const made = fc
	.tuple(index, fc.constantFrom(...names), fc.constantFrom(...hwaddrs), flags, fc.constantFrom(true, true, false))
	.map((args) => making(...args));

export const happening: fc.Arbitrary<Happening> = fc.oneof(
	made,
	made,
	index.map(
		(ifindex): Happening =>
			(links, deleted) =>
				void (links.delete(ifindex) && deleted.add(ifindex)),
	),
	fc.tuple(index, flags).map(([ifindex, now]) => changing(ifindex, () => ({flags: now}))),
	fc.tuple(index, fc.constantFrom(1400, 1500)).map(([ifindex, mtu]) => changing(ifindex, () => ({mtu}))),
	fc.tuple(index, fc.constantFrom(...hwaddrs)).map(([ifindex, hwaddr]) => changing(ifindex, () => ({address: hwaddr}))),
	fc
		.tuple(index, fc.constantFrom([], [inet('10.0.0.1')], [inet('10.0.0.1'), inet('10.0.0.2')]))
		.map(([ifindex, addresses]) => changing(ifindex, () => ({addr_info: addresses}))),
	fc.tuple(index, fc.constantFrom(...names)).map(
		([ifindex, ifname]): Happening =>
			(links, deleted) => {
				if (![...links.values()].some((other) => other.ifname === ifname)) changing(ifindex, () => ({ifname}))(links, deleted);
			},
	),
	fc.tuple(index, index).map(
		([one, other]): Happening =>
			(links, deleted) => {
				const [a, b] = [links.get(one), links.get(other)];
				if (a === undefined || b === undefined) return;
				changing(one, () => ({ifname: b.ifname}))(links, deleted);
				changing(other, () => ({ifname: a.ifname}))(links, deleted);
			},
	),
);

/** What is there at the start. */
export const beginning = fc.array(made, {minLength: 2, maxLength: 6, size: 'max'});

/** How a call ends, and whether it has done its work. */
export type Outcome = 'ok' | 'failed before' | 'failed after';

/** A namespace, netmon's pure core, and a consumer. Each call is made explicitly. */
export class World {
	readonly links = new Map<number, Link>([[1, loopback]]);
	readonly deleted = new Set<number>();
	readonly rules: Rules;
	readonly consumer: Consumer;
	readonly log: string[] = [];
	announced: Announced;
	table: InterfaceTable;
	#now = 0;
	#serial = 0;

	constructor(first: readonly Happening[], rules: Rules) {
		this.rules = rules;
		for (const happen of first) happen(this.links, this.deleted);
		this.deleted.clear();
		this.table = firstTable([...this.links.values()], 0);
		const interfaces = announcedAtStart(this.table, rules.families);
		this.announced = {interfaces, routes: undefined, routesOwed: false};
		this.announced = {...this.announced, routes: this.routes};
		this.consumer = new Consumer(interfaces.map(({record}) => record));
	}

	happen(happening: Happening): void {
		happening(this.links, this.deleted);
	}

	/** One complete look. Every wait for an address is over after it. */
	look(): void {
		this.#now += 1000;
		this.#serial += 1;
		const rest = {
			gone: new Set<number>(),
			exhaustive: true,
			addressesMayLack: false,
			reborn: new Set(this.deleted),
			discontinuous: false,
		};
		const links = {seen: [...this.links.values()], serial: this.#serial, ...rest};
		this.table = absorb({table: this.table, routes: new Map()}, {links}, this.#now).picture.table;
		this.#now += 1000;
		this.deleted.clear();
	}

	get desired(): Wishes {
		return wishesOf(this.table, this.announced.interfaces, this.rules, this.#now);
	}

	/** One route by each link, as the runtime would get them. */
	get routes(): string {
		const observed = [...this.table.values()].map(({link}) => makeRoute(`10.${link.ifindex}.0.0/16`, {dev: link.ifname}));
		const {routes} = selectRoutes(observed, guestOf(this.table, this.announced.interfaces), this.rules);
		return `[${routes.map((route) => routePayload(route, 'kata-1.13')).join(',')}]`;
	}

	get plan(): Step[] {
		this.announced = forgetMoot(this.announced, this.desired);
		return planSteps(this.desired, this.announced, this.routes);
	}

	/** Takes one of the steps that may be taken now; false if there is none. */
	step(choice: number, outcome: Outcome, onStep: (step: Step, effect: string | undefined) => void = () => undefined): boolean {
		const steps = withoutBlocked(this.plan);
		const step = steps[choice % Math.max(1, steps.length)];
		if (step === undefined) return false;
		const {routes} = this;
		this.announced = beginStep(this.announced, step);
		const effect = outcome === 'failed before' ? undefined : this.#consume(step);
		this.log.push(`${step.op} ${step.op === 'update-routes' ? '' : JSON.stringify('entry' in step ? step.entry : step)} ${outcome}`);
		if (outcome === 'ok') this.announced = settleStep(this.announced, step, this.desired, routes);
		onStep(step, effect);
		return true;
	}

	/** Takes steps, the first one each time, until the plan is empty. */
	settle(onStep?: (step: Step, effect: string | undefined) => void): void {
		for (let count = 0; this.step(0, 'ok', onStep); count += 1) {
			if (count > 200) throw new Error(`the plan never gets empty: ${this.log.slice(-20).join('\n')}`);
		}
	}

	/** The announced records of the interfaces, by index. */
	get told(): Map<number, string> {
		return new Map(
			this.announced.interfaces
				.filter(({standing}) => standing === 'told')
				.map(({ifindex, record}): [number, string] => [ifindex, JSON.stringify(record)])
				.sort(([a], [b]) => a - b),
		);
	}

	/** What the consumer has done, as JSON of the endpoint. */
	#consume(step: Step): string | undefined {
		if (step.op === 'update-routes') return this.routes;
		if (step.op === 'add-iface') this.consumer.add(step.record);
		return JSON.stringify(step.op === 'add-iface' ? step.record : this.consumer.del(step.entry.record));
	}
}
