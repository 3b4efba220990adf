import {commonEnds} from '../diff/common-ends.js';
import type {SendableRoute} from '../diff/sendable-route.js';
import type {InterfaceRecord} from '../model/announced.js';
import {goNumber, goString} from './go-json.js';

/** The consumer whose form payloads take (SPEC section 3). */
export type Profile = 'kata-1.13' | 'kata-1.5';

/** One Interface, byte for byte as Go's json.Marshal writes the profile's struct. */
export function interfacePayload(record: InterfaceRecord, profile: Profile): string {
	const name = goString(record.name);
	const addresses =
		record.addresses.length === 0
			? 'null'
			: `[${record.addresses
					.map(({family, address, mask}) => `{"Family":${family},"Address":${goString(address)},"Mask":${goString(mask)}}`)
					.join(',')}]`;
	const head = `{"Device":${name},"Name":${name},"IPAddresses":${addresses},"Mtu":${goNumber(record.mtu)}`;
	const hwaddr = goString(record.hwaddr);
	const linkType = goString(record.linkType);
	return profile === 'kata-1.5'
		? `${head},"HwAddr":${hwaddr},"PciAddr":"","LinkType":${linkType}}`
		: `${head},"RawFlags":0,"HwAddr":${hwaddr},"PciPath":{},"LinkType":${linkType}}`;
}

/** A list as it was written last: where in its text each route begins, and after the last route its length. */
interface WrittenList {
	readonly routes: readonly SendableRoute[];
	readonly text: string;
	readonly starts: Uint32Array;
}

/**
 * Makes route lists. A new list is spliced from the text of the last one: of a hundred
 * thousand routes a change concerns one, and the others are the same objects as before.
 */
export class RoutesPayload {
	readonly #profile: Profile;
	#last: WrittenList = {routes: [], text: '[]', starts: Uint32Array.of(2)};

	constructor(profile: Profile) {
		this.#profile = profile;
	}

	/** The complete list; `[]`, never `null`, which the consumer would ignore. */
	of(routes: readonly SendableRoute[]): string {
		this.#last = this.#written(routes, this.#last);
		return this.#last.text;
	}

	#written(routes: readonly SendableRoute[], last: WrittenList): WrittenList {
		const {head, tail} = commonEnds(last.routes, routes);
		const middle = routes.slice(head, routes.length - tail).map((route) => routeText(route, this.#profile));
		const kept = [
			...(head === 0 ? [] : [last.text.slice(1, startOf(last, head) - 1)]),
			...middle,
			...(tail === 0 ? [] : [last.text.slice(startOf(last, last.routes.length - tail), -1)]),
		];
		const text = `[${kept.join(',')}]`;
		const starts = new Uint32Array(routes.length + 1);
		starts.set(last.starts.subarray(0, head));
		let at = head === 0 ? 1 : startOf(last, head);
		for (const [index, written] of middle.entries()) {
			starts[head + index] = at;
			at += written.length + 1;
		}
		const rest = routes.length - tail;
		starts.set(last.starts.subarray(last.routes.length - tail), rest);
		const shift = text.length - last.text.length;
		for (let index = rest; shift !== 0 && index < starts.length; index += 1) starts[index] = (starts[index] ?? 0) + shift;
		return {routes, text, starts};
	}
}

function startOf({starts}: WrittenList, index: number): number {
	return starts[index] ?? 0;
}

function routeText({dest, gateway, device, source, scope}: SendableRoute, profile: Profile): string {
	const written = profile === 'kata-1.5' ? dest.replace(/\/\d+$/, '') : dest;
	return `{"Dest":${goString(written)},"Gateway":${goString(gateway)},"Device":${goString(device)},"Source":${goString(source)},"Scope":${goNumber(scope)}}`;
}
