/** An interface as the guest got it: the fields of a payload. */
export interface GivenInterface {
	readonly name: string;
	/** `10.0.0.1/24` */
	readonly addresses: readonly string[];
}

/** The fields of a route's payload. */
export interface GivenRoute {
	readonly dest: string;
	readonly gateway: string;
	readonly device: string;
	readonly source: string;
	readonly scope: number;
}

/** An address as a number, and its number of bits. */
interface Address {
	readonly value: bigint;
	readonly bits: 32 | 128;
}

interface Entry {
	readonly network: Address;
	readonly length: number;
	readonly metric: number;
	readonly device: string;
	readonly gateway: string;
	readonly source: string;
	readonly scope: number;
	readonly own: boolean;
}

/** The way that a packet takes. */
export interface Way {
	readonly device: string;
	readonly gateway: string;
}

const link = 253;

/**
 * The main route table of a guest's kernel, as far as it can refuse something from the consumer's agent. Written from the kernel's
 * sources (net/ipv4/fib_semantics.c, fib_frontend.c; net/ipv6/route.c, addrconf.c), and independent of src/.
 */
export class GuestKernel {
	readonly #addresses: {readonly device: string; readonly address: Address}[] = [];
	readonly #devices = new Set(['lo']);
	#entries: Entry[] = [];

	/** @param ownRoutes false for an agent that deletes the routes of the guest's kernel too */
	constructor(interfaces: readonly GivenInterface[], ownRoutes = true) {
		this.#addresses.push({device: 'lo', address: parse('127.0.0.1')}, {device: 'lo', address: parse('::1')});
		for (const {name, addresses} of interfaces) {
			this.#devices.add(name);
			for (const text of addresses) {
				const [local = '', mask = ''] = text.split('/');
				const address = parse(local);
				this.#addresses.push({device: name, address});
				if (ownRoutes) this.#addOwn(address, Number(mask), name);
			}
		}
	}

	/**
	 * Does what the agent does with a list: deletes what it had added, adds routes without a gateway, then the rest. Returns what was
	 * refused.
	 */
	update(routes: readonly GivenRoute[]): string[] {
		this.#entries = this.#entries.filter(({own}) => own);
		return [...routes.filter(({gateway}) => gateway === ''), ...routes.filter(({gateway}) => gateway !== '')].flatMap((route) => {
			const refusal = this.#add(route);
			return refusal === undefined ? [] : [`${JSON.stringify(route)}: ${refusal}`];
		});
	}

	/** The route of a packet: the narrowest network, then the lowest metric, then the first. */
	wayTo(text: string): Way | undefined {
		const found = this.#lookup(parse(text), () => true);
		return found === undefined ? undefined : {device: found.device, gateway: found.gateway};
	}

	/** Whether there is a route to exactly this network. */
	has(dest: string): boolean {
		const {network, length} = parseDest(dest, '');
		return this.#entries.some((entry) => entry.length === length && sameAddress(entry.network, network));
	}

	#addOwn(address: Address, length: number, device: string): void {
		const network = masked(address, length);
		const four = address.bits === 32;
		if (four && (length === 32 || network.value >> 24n === 0n)) return;
		if (this.#entries.some((entry) => entry.device === device && entry.length === length && sameAddress(entry.network, network))) return;
		this.#entries.push({network, length, metric: four ? 0 : 256, device, gateway: '', source: '', scope: four ? link : 0, own: true});
	}

	#add(route: GivenRoute): string | undefined {
		const {device, gateway, source, scope} = route;
		if (!this.#devices.has(device)) return 'no such device';
		if (!Number.isInteger(scope) || scope < 0 || scope > 254) return 'no scope';
		const {network, length} = parseDest(route.dest, gateway);
		const four = network.bits === 32;
		if (source !== '' && !this.#hasAddress(parse(source)) && !source.startsWith('127.')) return 'invalid source';
		if (gateway !== '') {
			const refusal = four ? this.#refuses4(parse(gateway), device, scope) : this.#refuses6(parse(gateway), device);
			if (refusal !== undefined) return refusal;
		}
		const metric = four ? 0 : 1024;
		const there = this.#entries.find((entry) => entry.length === length && entry.metric === metric && sameAddress(entry.network, network));
		// The agent forgives "File exists" if destination and source are the same: the existing route stays.
		if (there !== undefined) return there.source === source ? `exists by ${there.device}, though forgiven` : 'exists';
		this.#entries.push({network, length, metric, device, gateway, source, scope, own: false});
		return undefined;
	}

	/** fib_check_nh_v4_gw: a route of at least link scope to it by this interface, local or unicast. */
	#refuses4(gateway: Address, device: string, scope: number): string | undefined {
		if (gateway.bits !== 32) return 'a gateway of the other family';
		if (scope >= link) return 'invalid scope for a gateway';
		if (this.#addresses.some((own) => own.device === device && sameAddress(own.address, gateway))) return undefined;
		const broadcast = this.#entries.some(
			(entry) =>
				entry.own &&
				entry.device === device &&
				entry.network.bits === 32 &&
				entry.length < 31 &&
				gateway.value === (entry.network.value | ((1n << BigInt(32 - entry.length)) - 1n)),
		);
		if (broadcast) return 'the gateway is a broadcast address';
		const found = this.#lookup(gateway, (entry) => entry.device === device && entry.scope >= link);
		return found === undefined ? 'the gateway is not reached' : undefined;
	}

	/** ip6_validate_gw: link-local, or covered by a route without a gateway by this interface. */
	#refuses6(gateway: Address, device: string): string | undefined {
		if (gateway.bits !== 128) return 'a gateway of the other family';
		if (device === 'lo') return 'the loopback has no gateways';
		if (this.#hasAddress(gateway)) return 'the gateway is an address of the guest';
		if (gateway.value >> 118n === 0x3fan) return undefined;
		const found = this.#lookup(gateway, (entry) => entry.device === device);
		return found === undefined || found.gateway !== '' ? 'the gateway is not reached' : undefined;
	}

	#hasAddress(address: Address): boolean {
		return this.#addresses.some((own) => sameAddress(own.address, address));
	}

	#lookup(address: Address, fits: (entry: Entry) => boolean): Entry | undefined {
		let best: Entry | undefined;
		for (const entry of this.#entries) {
			if (!fits(entry) || !sameAddress(masked(address, entry.length), entry.network)) continue;
			if (best === undefined || entry.length > best.length || (entry.length === best.length && entry.metric < best.metric)) best = entry;
		}
		return best;
	}
}

function parseDest(dest: string, gateway: string): {network: Address; length: number} {
	if (dest === '') return {network: {value: 0n, bits: gateway.includes(':') ? 128 : 32}, length: 0};
	const [address = '', length] = dest.split('/');
	const parsed = parse(address);
	const bits = length === undefined ? parsed.bits : Number(length);
	return {network: masked(parsed, bits), length: bits};
}

function parse(text: string): Address {
	if (!text.includes(':')) return {value: text.split('.').reduce((sum, part) => sum * 256n + BigInt(part), 0n), bits: 32};
	const [head = '', tail] = text.split('::');
	const groups = (part: string) => (part === '' ? [] : part.split(':').map((group) => BigInt(`0x${group}`)));
	const [front, back] = [groups(head), groups(tail ?? '')];
	const all = [...front, ...Array<bigint>(tail === undefined ? 0 : 8 - front.length - back.length).fill(0n), ...back];
	return {value: all.reduce((sum, group) => sum * 65536n + group, 0n), bits: 128};
}

function masked({value, bits}: Address, length: number): Address {
	const shift = BigInt(bits - length);
	return {value: (value >> shift) << shift, bits};
}

function sameAddress(a: Address, b: Address): boolean {
	return a.bits === b.bits && a.value === b.value;
}
