import {isObject, type JsonObject} from '../json/fields.js';
import {type Event, type EventKind, eventVersion} from '../model/event.js';

type Check = (event: JsonObject) => boolean;

const anything: Check = () => true;
const hasInterface: Check = ({interface: record}) =>
	isObject(record) && Number.isSafeInteger(record['ifindex']) && typeof record['ifname'] === 'string' && Array.isArray(record['flags']);
const hasAddress: Check = ({ifindex, ifname, address}) =>
	Number.isSafeInteger(ifindex) && typeof ifname === 'string' && isObject(address) && typeof address['local'] === 'string';
const hasRoute: Check = ({route}) => isObject(route) && typeof route['dst'] === 'string' && Array.isArray(route['flags']);
const hasChanges: Check = ({changes}) =>
	Array.isArray(changes) && changes.every((change) => isObject(change) && typeof change['field'] === 'string');
const hasCount: Check = ({count}) => typeof count === 'number';

/** The fields of each kind of event that are used without further checks. */
const checks: Readonly<Record<EventKind, Check>> = {
	'interface-found': hasInterface,
	'interface-added': hasInterface,
	'interface-removed': hasInterface,
	'interface-changed': (event) => hasInterface(event) && hasChanges(event),
	'address-found': hasAddress,
	'address-added': hasAddress,
	'address-removed': hasAddress,
	'address-changed': (event) => hasAddress(event) && hasChanges(event),
	'route-found': hasRoute,
	'route-added': hasRoute,
	'route-removed': hasRoute,
	'route-changed': (event) => hasRoute(event) && hasChanges(event),
	'interface-flapped': hasCount,
	'route-flapped': hasCount,
	call: ({op, duration_ms}) => typeof op === 'string' && typeof duration_ms === 'number',
	ready: ({interfaces, routes, families = [], only = [], dev = []}) =>
		typeof interfaces === 'number' && typeof routes === 'number' && [families, only, dev].every(Array.isArray),
	loss: ({reason}) => typeof reason === 'string',
	missed: hasCount,
	dropped: hasCount,
	'namespace-found': anything,
	'namespace-gone': anything,
	'namespace-replaced': anything,
};

/** Parses one line of a journal; undefined if it is no event, as the last line may be after a crash. */
export function parseEventLine(line: string): Event | undefined {
	try {
		const value: unknown = JSON.parse(line);
		return isEvent(value) ? value : undefined;
	} catch {
		return undefined;
	}
}

function isEvent(value: unknown): value is Event {
	if (!isObject(value)) return false;
	const {v, time, seq, event} = value;
	if (v !== eventVersion || typeof time !== 'string' || !Number.isSafeInteger(seq) || typeof event !== 'string') return false;
	return isKind(event) && checks[event](value);
}

function isKind(text: string): text is EventKind {
	return Object.hasOwn(checks, text);
}
