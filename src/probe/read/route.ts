import {Fields, isObject, type JsonObject, optional} from '../../json/fields.js';
import type {Family} from '../../model/link.js';
import type {NextHop, Route, Via} from '../../model/route.js';
import {scopeOf} from './scopes.js';

/** Checks one entry of `ip -j -d route show table TABLE`. Throws a ShapeError that names the place. */
export function routeOf(entry: JsonObject, family: Family, question: string, table = 'main'): Route {
	const place = () => `${question}: route ${JSON.stringify(entry['dst'] ?? '?')}`;
	const fields = new Fields(entry, place);
	const nexthops = fields.objects('nexthops').map((item) => nextHopOf(item, place()));
	const metrics = fields.objects('metrics');
	return {
		family,
		// Defaults for what `ip` omits without -d (docs/iproute2.md, "Keys of routes").
		type: fields.optionalString('type') ?? 'unicast',
		dst: fields.string('dst'),
		...optional('from', fields.optionalString('from')),
		...hopFields(fields, entry),
		...optional('prefsrc', fields.optionalString('prefsrc')),
		protocol: fields.optionalString('protocol') ?? 'boot',
		scope: scopeOf(fields.optionalString('scope') ?? 'global'),
		...optional('metric', fields.optionalInteger('metric')),
		...optional('tos', fields.optionalString('tos')),
		table: fields.optionalString('table') ?? table,
		...(nexthops.length === 0 ? {} : {nexthops}),
		...optional('nhid', fields.optionalInteger('nhid')),
		...(metrics.length === 0 ? {} : {metrics}),
	};
}

/** RTM_F_CLONED, printed as a flag or by cache information: not a configured route. */
export function isCloned(entry: JsonObject): boolean {
	const {flags, cache} = entry;
	return (Array.isArray(flags) && (flags.includes('cloned') || flags.includes('cache'))) || (cache !== undefined && cache !== null);
}

export function nextHopOf(item: JsonObject, place: string): NextHop {
	const fields = new Fields(item, `${place}: next hop`);
	return {...hopFields(fields, item), weight: fields.optionalInteger('weight') ?? 1};
}

/** Nearly every route has no flags: share one list. */
const noFlags: readonly string[] = [];

function hopFields(fields: Fields, {encap}: JsonObject): Pick<Route, 'gateway' | 'via' | 'dev' | 'flags' | 'encap'> {
	const via = fields.optionalObject('via');
	const flags = fields.strings('flags');
	return {
		...optional('gateway', fields.optionalString('gateway')),
		...(via === undefined ? {} : {via: viaOf(via)}),
		...optional('dev', fields.optionalText('dev')),
		flags: flags.length === 0 ? noFlags : flags,
		...(encap === undefined || encap === null ? {} : {encap: encapOf(encap)}),
	};
}

/** A gateway without a family still counts as one of the other family. */
function viaOf({family, host}: JsonObject): Via {
	return {family: typeof family === 'string' ? family : '?', host: typeof host === 'string' ? host : '?'};
}

/** A string; since 6.3 an object with a type (print_encap, ip/iproute_lwtunnel.c). */
function encapOf(encap: unknown): string {
	if (typeof encap === 'string') return encap;
	return isObject(encap) && typeof encap['type'] === 'string' ? encap['type'] : '?';
}
