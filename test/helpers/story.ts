import type {ExecutionContext} from 'ava';
import {Fields, isObject} from '../../src/json/fields.js';
import {guestFaults} from '../guest/end-of-story.js';
import type {TestNamespace} from './namespace.js';
import {fencePrefix, type Started, type StartOptions, startWatch} from './netmon.js';
import type {Call} from './runtime.js';
import {mistakeOf, type SchemaName} from './schemas.js';
import {waitFor} from './wait.js';

/** What the runtime was told, in a short form. */
export interface Told {
	/** The interface calls in order: `add-iface v0 10.1.0.2/24`. */
	readonly interfaces: readonly string[];
	/** The last list of routes: `10.9.0.0/16 via 10.1.0.1 dev v0`. */
	readonly routes: readonly string[];
}

export interface Story extends Started {
	/** Waits until the runtime has been told everything so far. Returns what is new since the last call. */
	told(): Promise<Told>;
	/** Waits until netmon has printed all these texts (with `--output ndjson`). Does not wait for calls. */
	seen(...texts: readonly string[]): Promise<void>;
}

/** Throws where a runtime was sent what does not fit the schema of its profile. */
function checkPayloads(calls: readonly Call[], schema: SchemaName): void {
	const mistake = calls.map(({text}) => mistakeOf(schema, JSON.parse(text))).find((each) => each !== undefined);
	if (mistake !== undefined) throw new Error(`${schema}: ${mistake}`);
}

/**
 * Starts a watch in which an interface waits ten minutes for its first address, so that the other end of a veth pair leads to no calls.
 * Options can set another time. A story that asks what was told ends by setting up a guest: the guest accepts the last list, and reaches
 * what the namespace reaches.
 */
export async function startStory(t: ExecutionContext<unknown>, namespace: TestNamespace, options: StartOptions = {}): Promise<Story> {
	const started = await startWatch(t, namespace, {...options, replayed: true, env: {NETMON_ADDRESS_WAIT: '10m', ...options.env}});
	const {args = []} = options;
	// The profile kata-1.5 has destinations without their prefix length, and fences are IPv4 routes.
	const families = args.includes('all') ? (['inet', 'inet6'] as const) : (['inet'] as const);
	const furnishes = !args.includes('kata-1.5') && !args.includes('inet6');
	let asked = false;
	if (furnishes)
		t.teardown(async () => {
			const {child} = started.netmon;
			if (!asked || child.exitCode !== null || child.signalCode !== null) return;
			await started.fence();
			const faults = await guestFaults(namespace, started, families);
			if (faults.length > 0) throw new Error(faults.join('\n'));
		});
	t.teardown(() => checkPayloads(started.runtime.calls, args.includes('kata-1.5') ? 'payload-kata-1.5' : 'payload-kata-1.13'));
	let seen = 0;
	return {
		...started,
		async told() {
			asked = true;
			// Two fences: a look may see the first one and still have read a link before its last change.
			await started.fence();
			await started.fence();
			const calls = started.runtime.calls;
			const fresh = calls.slice(seen);
			seen = calls.length;
			return {interfaces: fresh.filter(({op}) => op !== 'update-routes').map(describeCall), routes: lastRoutes(calls)};
		},
		async seen(...texts) {
			for (const text of texts) await waitFor(`${text} in ${started.netmon.stdout}`, () => started.netmon.stdout.includes(text));
		},
	};
}

/** `add-iface v0 10.1.0.2/24`. */
export function describeCall({op, text}: Call): string {
	if (op === 'update-routes') return `${op} ${routesOf(text).join(', ')}`.trim();
	const fields = new Fields(objectOf(JSON.parse(text)), text);
	const addresses = fields.objects('IPAddresses').map((entry) => {
		const address = new Fields(entry, text);
		return `${address.string('Address')}/${address.string('Mask')}`;
	});
	return [op, fields.string('Name'), ...addresses].join(' ');
}

/** The last list of routes that was sent, without those of fences. */
export function lastRoutes(calls: readonly Call[]): string[] {
	const last = calls.filter(({op}) => op === 'update-routes').at(-1);
	return last === undefined ? [] : routesOf(last.text);
}

function routesOf(text: string): string[] {
	const parsed: unknown = JSON.parse(text);
	if (!Array.isArray(parsed)) throw new Error(`no list of routes: ${text}`);
	return parsed.map((entry: unknown) => describeRoute(new Fields(objectOf(entry), text))).filter((route) => !route.startsWith(fencePrefix));
}

function describeRoute(fields: Fields): string {
	const [gateway, source, scope] = [fields.string('Gateway'), fields.string('Source'), fields.integer('Scope')];
	return [
		fields.string('Dest') || 'default',
		...(gateway === '' ? [] : ['via', gateway]),
		'dev',
		fields.string('Device'),
		...(source === '' ? [] : ['src', source]),
		...(scope === 0 ? [] : ['scope', String(scope)]),
	].join(' ');
}

function objectOf(value: unknown) {
	if (!isObject(value)) throw new Error(`no object: ${JSON.stringify(value)}`);
	return value;
}

/** The `ip` commands that make a veth pair, set both ends up, and give the first end an address. */
export function vethPair(name: string, address: string | undefined, options: {mac?: string; peer?: string; index?: number} = {}): string[] {
	const {mac, peer = `p${name}`, index} = options;
	return [
		`link add name ${name}${mac === undefined ? '' : ` address ${mac}`}${index === undefined ? '' : ` index ${index}`} type veth peer name ${peer}`,
		// No IPv6 link-local addresses: duplicate address detection makes events at any time.
		`link set dev ${name} addrgenmode none`,
		`link set dev ${peer} addrgenmode none`,
		...(address === undefined ? [] : [`addr add ${address} dev ${name}`]),
		`link set dev ${peer} up`,
		`link set dev ${name} up`,
	];
}

/** Holds every call after it has started, until `release` is called. */
export function holdCalls({runtime}: Pick<Started, 'runtime'>): {release: () => void} {
	runtime.hook('while [ -f "$dir/hook" ]; do sleep 0.02; done');
	return {release: () => runtime.unhook()};
}
