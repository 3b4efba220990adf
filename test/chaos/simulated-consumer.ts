import type {CallOutcome, Consumer, Operation, RuntimeCall} from '../../src/model/call.js';
import {GuestKernel} from '../guest/guest-kernel.js';
import type {Random} from './random.js';
import type {RunClock} from './virtual-clock.js';

/** What the guest was given for an interface. */
export interface Endpoint {
	readonly Name: string;
	readonly HwAddr: string;
	readonly Mtu: number;
	readonly LinkType: string;
	readonly IPAddresses: readonly {readonly Family: number; readonly Address: string; readonly Mask: string}[] | null;
}

export interface GuestRoute {
	readonly Dest: string;
	readonly Gateway: string;
	readonly Device: string;
	readonly Source: string;
	readonly Scope: number;
}

/** The sandbox as kata-runtime keeps it (docs/rules.md, "What the consumer does with a call"). It survives every run of netmon. */
export class SimulatedSandbox {
	endpoints: Endpoint[] = [];
	routes: readonly GuestRoute[] = [];
	/** Kinds that are always refused. */
	readonly refusedKinds: ReadonlySet<string>;
	/** What no sequence of calls may do. */
	readonly breaches: string[] = [];
	/** Whether netmon can know at every moment what the guest has. */
	readonly #transparent: boolean;
	/** False for an agent that deletes the routes of the guest's kernel too. */
	readonly #ownRoutes: boolean;

	constructor(refusedKinds: readonly string[], transparent: boolean, ownRoutes: boolean) {
		this.refusedKinds = new Set(refusedKinds);
		this.#transparent = transparent;
		this.#ownRoutes = ownRoutes;
	}

	/** Does what a call asks for, or returns why it does not. */
	take(op: Operation, payload: string): string | undefined {
		const said: unknown = JSON.parse(payload);
		if (op === 'update-routes') return this.#replaceRoutes(said);
		if (!isEndpoint(said)) return 'not an interface';
		return op === 'add-iface' ? this.#attach(said) : this.#detach(said);
	}

	#attach(endpoint: Endpoint): string | undefined {
		if (this.refusedKinds.has(endpoint.LinkType)) return `cannot attach ${endpoint.LinkType}`;
		this.endpoints.push(endpoint);
		return undefined;
	}

	#detach({HwAddr}: Endpoint): undefined {
		const at = this.endpoints.findIndex((endpoint) => endpoint.HwAddr === HwAddr);
		if (at >= 0) this.endpoints.splice(at, 1);
	}

	#replaceRoutes(routes: unknown): string | undefined {
		if (!Array.isArray(routes) || !routes.every(isGuestRoute)) return 'not a list of routes';
		const devices = new Set(['lo', ...this.endpoints.map(({Name}) => Name)]);
		const unknown = routes.find(({Device}) => !devices.has(Device));
		if (unknown !== undefined) {
			this.breaches.push(`a route was sent for ${unknown.Device}, which the guest has not`);
			return `no device ${unknown.Device}`;
		}
		const [refusal] = guestKernel(this.endpoints, this.#ownRoutes).update(
			routes.map(({Dest, Gateway, Device, Source, Scope}) => ({
				dest: Dest,
				gateway: Gateway,
				device: Device,
				source: Source,
				scope: Scope,
			})),
		);
		if (refusal !== undefined) {
			if (this.#transparent) this.breaches.push(`the guest refused ${refusal} with ${JSON.stringify(this.endpoints)}`);
			return refusal;
		}
		this.routes = routes;
		return undefined;
	}
}

export function guestKernel(endpoints: readonly Endpoint[], ownRoutes: boolean): GuestKernel {
	const interfaces = endpoints.map(({Name, IPAddresses}) => ({
		name: Name,
		addresses: (IPAddresses ?? []).map(({Address, Mask}) => `${Address}/${Mask}`),
	}));
	return new GuestKernel(interfaces, ownRoutes);
}

function isEndpoint(value: unknown): value is Endpoint {
	return typeof value === 'object' && value !== null && 'HwAddr' in value && 'LinkType' in value && 'Name' in value;
}

function isGuestRoute(value: unknown): value is GuestRoute {
	return typeof value === 'object' && value !== null && 'Dest' in value && 'Device' in value;
}

/** What may go wrong with a call now. */
export interface RuntimeFaults {
	/** The longest duration of a call. */
	callMs: number;
	/** Probabilities: failing without doing anything, failing after doing it, and hanging until it is killed. */
	failsBefore: number;
	failsAfter: number;
	hangs: number;
}

export function faultlessRuntime(callMs: number): RuntimeFaults {
	return {callMs, failsBefore: 0, failsAfter: 0, hangs: 0};
}

const timeoutMs = 60_000;

/** What a history learns about a call. */
export interface CallObserver {
	/** Called before the runtime does anything; false: it never does. */
	onBegin(op: Operation, payload: string): boolean;
	/** Called after its work, before netmon learns about it; false: netmon never does. */
	onDone(op: Operation, outcome: CallOutcome): boolean;
}

/** The runtime during one run of the program. */
export class SimulatedRuntime implements Consumer<RuntimeCall> {
	readonly #consumer: SimulatedSandbox;
	readonly #clock: RunClock;
	readonly #rng: Random;
	readonly #faults: RuntimeFaults;
	readonly #observer: CallObserver;
	#dueEffect: (() => void) | undefined;

	constructor(consumer: SimulatedSandbox, clock: RunClock, rng: Random, faults: RuntimeFaults, observer: CallObserver) {
		this.#consumer = consumer;
		this.#clock = clock;
		this.#rng = rng;
		this.#faults = faults;
		this.#observer = observer;
	}

	async tell({op, payload}: RuntimeCall): Promise<CallOutcome> {
		if (!this.#observer.onBegin(op, payload)) return new Promise(() => undefined);
		const {failsBefore, failsAfter, hangs, callMs} = this.#faults;
		const callTakesMs = this.#rng.next() ** 3 * callMs;
		let outcome: CallOutcome = {ok: true};
		const does = !this.#rng.chance(failsBefore);
		if (!does) outcome = {ok: false, reason: 'refused on purpose'};
		const effect = () => {
			this.#dueEffect = undefined;
			const refusal = does ? this.#consumer.take(op, payload) : undefined;
			if (refusal !== undefined) outcome = {ok: false, reason: refusal};
		};
		this.#dueEffect = effect;
		await this.#pass(callTakesMs / 2);
		effect();
		if (this.#rng.chance(failsAfter)) outcome = {ok: false, reason: 'failed after its work, on purpose'};
		if (this.#rng.chance(hangs)) {
			outcome = {ok: false, reason: 'no end, killed'};
			await this.#pass(timeoutMs);
		}
		await this.#pass(callTakesMs / 2);
		if (!this.#observer.onDone(op, outcome)) return new Promise(() => undefined);
		return outcome;
	}

	/** Netmon was killed, and its call with it. The call may still have done its work. */
	killed(): void {
		if (this.#rng.chance(0.5)) this.#dueEffect?.();
	}

	async close(): Promise<void> {
		return undefined;
	}

	#pass(delayMs: number): Promise<void> {
		return new Promise((resolve) => this.#clock.exactly(delayMs, resolve));
	}
}
