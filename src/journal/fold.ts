import type {Event, EventBody, InterfaceName, InterfaceRecord, Kept} from '../model/event.js';
import {type Address, addressKey} from '../model/link.js';
import type {Route} from '../model/route.js';
import {RouteSet} from './route-set.js';

/** The result of all events of one namespace up to a moment. Addresses and routes are sets, because events do not give their order. */
export interface FoldedPicture {
	readonly interfaces: readonly InterfaceRecord[];
	readonly routes: readonly Route[];
	readonly kept: Kept;
	/** `ready` has come: nothing is missing. */
	readonly whole: boolean;
}

/** An interface. A filter may leave out its own events but keep those of its addresses. */
interface Place {
	name: InterfaceName;
	record: InterfaceRecord | undefined;
	readonly addresses: Map<string, Address>;
}

/** Folds the events of one namespace into a picture. They may be about unknown things: a filter may have left out earlier events. */
export class NamespaceFold {
	/** Number of the last event. */
	seq = 0;
	readonly #places = new Map<number, Place>();
	readonly #routes = new RouteSet();
	#kept: Kept = {};
	/** The picture is being reported, and is not whole yet. */
	#finding = true;

	take(event: Event): void {
		this.seq = event.seq;
		switch (event.event) {
			case 'interface-found':
				this.#find();
				this.#set(event.interface, true);
				break;
			case 'interface-added':
				this.#set(event.interface, true);
				break;
			case 'interface-changed':
				this.#set(event.interface, false);
				break;
			case 'interface-removed':
				this.#places.delete(event.interface.ifindex);
				break;
			case 'address-found':
				this.#find();
				this.#place(event).addresses.set(addressKey(event.address), event.address);
				break;
			case 'address-added':
			case 'address-changed':
				this.#place(event).addresses.set(addressKey(event.address), event.address);
				break;
			case 'address-removed':
				// The address of a removed interface follows the event that removed both.
				this.#places.get(event.ifindex)?.addresses.delete(addressKey(event.address));
				break;
			case 'route-found':
				this.#find();
				this.#routes.add(event.route);
				break;
			case 'route-added':
				this.#routes.add(event.route);
				break;
			case 'route-removed':
				this.#routes.remove(event.route);
				break;
			case 'route-changed':
				this.#routes.change(event.route, event.changes);
				break;
			case 'ready':
				this.#find();
				this.#kept = keptOf(event);
				this.#finding = false;
				break;
			case 'namespace-found':
			case 'namespace-gone':
			case 'namespace-replaced':
				this.#clear();
				this.#finding = true;
				break;
			default:
		}
	}

	get picture(): FoldedPicture {
		return {
			interfaces: [...this.#places.values()].flatMap((place) => recordOf(place) ?? []),
			routes: this.#routes.list,
			kept: this.#kept,
			whole: !this.#finding,
		};
	}

	/** The picture as events; without `ready` if it has not come. */
	found(): EventBody[] {
		const {interfaces, routes, kept, whole} = this.picture;
		const places = [...this.#places.values()].flatMap((place): EventBody[] => {
			const record = recordOf(place);
			return [
				...(record === undefined ? [] : [{event: 'interface-found', interface: record} as const]),
				...[...place.addresses.values()].map((address) => ({event: 'address-found', ...place.name, address}) as const),
			];
		});
		const found = routes.map((route): EventBody => ({event: 'route-found', route}));
		const counts = {interfaces: interfaces.length, routes: routes.length};
		const ready: EventBody[] = whole ? [{event: 'ready', ...counts, ...kept}] : [];
		return places.concat(found, ready);
	}

	/** A repeated picture replaces the last one. */
	#find(): void {
		if (!this.#finding) this.#clear();
		this.#finding = true;
	}

	#clear(): void {
		this.#places.clear();
		this.#routes.clear();
	}

	#set(record: InterfaceRecord, fresh: boolean): void {
		const known = fresh ? undefined : this.#places.get(record.ifindex);
		const name = nameOf(record);
		if (known === undefined) this.#places.set(record.ifindex, {name, record, addresses: new Map()});
		else Object.assign(known, {name, record});
	}

	#place(subject: InterfaceName): Place {
		const known = this.#places.get(subject.ifindex);
		if (known !== undefined) return known;
		const place: Place = {name: nameOf(subject), record: undefined, addresses: new Map()};
		this.#places.set(subject.ifindex, place);
		return place;
	}
}

function recordOf({record, addresses}: Place): InterfaceRecord | undefined {
	return record === undefined ? undefined : {...record, addr_info: [...addresses.values()]};
}

function keptOf({families, only, dev}: Kept): Kept {
	return {...(families && {families}), ...(only && {only}), ...(dev && {dev})};
}

function nameOf({ifindex, ifname, ifname_bytes}: InterfaceName): InterfaceName {
	return ifname_bytes === undefined ? {ifindex, ifname} : {ifindex, ifname, ifname_bytes};
}

/** Folds the events of all namespaces. A namespace without a name has the name ''. */
export class Fold {
	readonly #namespaces = new Map<string, NamespaceFold>();

	take(event: Event): void {
		// It concerns the journal itself, and has no number of its own.
		if (event.event === 'dropped') return;
		const name = event.netns ?? '';
		// Names of processes and of pods never return, and nothing is left of them.
		if (event.event === 'namespace-gone') {
			this.#namespaces.delete(name);
			return;
		}
		const known = this.#namespaces.get(name);
		const namespace = known ?? new NamespaceFold();
		if (known === undefined) this.#namespaces.set(name, namespace);
		namespace.take(event);
	}

	get namespaces(): ReadonlyMap<string, NamespaceFold> {
		return this.#namespaces;
	}
}
