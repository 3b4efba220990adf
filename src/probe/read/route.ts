import {Fields, isObject, type JsonObject} from '../../json/fields.js';
import type {Family} from '../../model/link.js';
import type {NextHop, Route} from '../../model/route.js';
import {textOfLatin1} from '../../text/byte-text.js';

/** Checks one entry of `ip -j -d route show table main`. Throws a ShapeError that names the place. */
export function routeOf(entry: JsonObject, family: Family, question: string): Route {
	const place = `${question}: route ${JSON.stringify(entry['dst'] ?? '?')}`;
	const fields = new Fields(entry, place);
	const nexthops = fields.objects('nexthops').map((item) => nextHopOf(item, place));
	return {
		family,
		// Defaults: what `ip` leaves out without -d (docs/iproute2.md).
		type: fields.optionalString('type') ?? 'unicast',
		dst: fields.string('dst'),
		...optional('from', fields.optionalString('from')),
		...hopFields(fields),
		...optional('prefsrc', fields.optionalString('prefsrc')),
		protocol: fields.optionalString('protocol') ?? 'boot',
		scope: fields.optionalString('scope') ?? 'global',
		...optional('metric', fields.optionalInteger('metric')),
		...optional('tos', fields.optionalString('tos')),
		encapsulated: fields.has('encap'),
		...(nexthops.length === 0 ? {} : {nexthops}),
	};
}

/** RTM_F_CLONED, printed as a flag or by its cache information: not routes that anybody configured. */
export function isCloned(entry: JsonObject): boolean {
	const {flags, cache} = entry;
	return (Array.isArray(flags) && (flags.includes('cloned') || flags.includes('cache'))) || (cache !== undefined && cache !== null);
}

function nextHopOf(item: JsonObject, place: string): NextHop {
	const fields = new Fields(item, `${place}: next hop`);
	return {
		...hopFields(fields),
		weight: fields.optionalInteger('weight') ?? 1,
		encapsulated: fields.has('encap'),
	};
}

function hopFields(fields: Fields): Pick<Route, 'gateway' | 'via' | 'dev'> {
	const via = fields.optionalObject('via');
	const dev = fields.optionalString('dev');
	return {
		...optional('gateway', fields.optionalString('gateway')),
		...optional('via', viaHost(via)),
		...optional('dev', dev === undefined ? undefined : textOfLatin1(dev)),
	};
}

function viaHost(via: JsonObject | undefined): string | undefined {
	if (!isObject(via)) return undefined;
	return typeof via['host'] === 'string' ? via['host'] : '?';
}

function optional<Key extends string, Value>(key: Key, value: Value | undefined): {[K in Key]?: Value} {
	const result: {[K in Key]?: Value} = {};
	if (value !== undefined) result[key] = value;
	return result;
}
