import {Fields, type JsonObject, optional, ShapeError} from '../json/fields.js';
import type {HookMemory, Subject} from '../model/hook.js';
import type {Address, Family, Link} from '../model/link.js';
import type {NextHop, Route} from '../model/route.js';

/** Subjects are stored in the form of events: docs/events.md, "Records". */
export function memoryJson({told, tried, found}: HookMemory): object {
	return {
		told: [...told].map(([key, subject]) => ({key, ...subject})),
		tried: [...tried].map(([key, subject]) => ({key, ...(subject ?? {kind: 'gone'})})),
		found: [...found],
	};
}

export function memoryOf(fields: Fields): HookMemory {
	const entries = (key: string) =>
		fields.objects(key).map((item): [string, Subject | undefined] => {
			const entry = new Fields(item, key);
			return [entry.string('key'), subjectOf(entry)];
		});
	const told = entries('told').map(([key, subject]): [string, Subject] => {
		if (subject === undefined) throw new ShapeError('told: something that is gone');
		return [key, subject];
	});
	return {told: new Map(told), tried: new Map(entries('tried')), found: new Set(fields.strings('found'))};
}

function subjectOf(fields: Fields): Subject | undefined {
	const kind = fields.string('kind');
	if (kind === 'gone') return undefined;
	if (kind === 'route') {
		const [first, ...others] = fields.objects('routes').map((item) => routeOf(new Fields(item, 'route')));
		if (first === undefined) throw new ShapeError('route: none');
		return {kind, routes: [first, ...others]};
	}
	const incarnation = fields.integer('incarnation');
	if (kind === 'interface') return {kind, incarnation, link: linkOf(new Fields(fields.object('link'), 'link'))};
	if (kind !== 'address') throw new ShapeError(`unknown kind "${kind}"`);
	const address = addressOf(new Fields(fields.object('address'), 'address'));
	return {kind, incarnation, ifindex: fields.integer('ifindex'), ifname: fields.string('ifname'), address};
}

function linkOf(fields: Fields): Link {
	return {
		ifindex: fields.integer('ifindex'),
		ifname: fields.string('ifname'),
		flags: fields.strings('flags'),
		mtu: fields.integer('mtu'),
		operstate: fields.string('operstate'),
		link_type: fields.string('link_type'),
		address: fields.string('address'),
		...optional('broadcast', fields.optionalString('broadcast')),
		...optional('master', fields.optionalString('master')),
		link_kind: fields.string('link_kind'),
		...optional('link', fields.optionalString('link')),
		...optional('link_index', fields.optionalInteger('link_index')),
		...optional('link_netnsid', fields.optionalInteger('link_netnsid')),
		altnames: fields.strings('altnames'),
		...optional('ifalias', fields.optionalString('ifalias')),
		addr_info: fields.objects('addr_info').map((item) => addressOf(new Fields(item, 'address'))),
	};
}

function addressOf(fields: Fields): Address {
	return {
		family: familyOf(fields),
		local: fields.string('local'),
		prefixlen: fields.integer('prefixlen'),
		scope: fields.string('scope'),
		...optional('address', fields.optionalString('address')),
		...optional('label', fields.optionalString('label')),
		...flag(fields, 'dynamic'),
		...flag(fields, 'tentative'),
		...flag(fields, 'dadfailed'),
		...flag(fields, 'deprecated'),
	};
}

function routeOf(fields: Fields): Route {
	const nexthops = fields.has('nexthops') ? fields.objects('nexthops').map((item) => hopOf(new Fields(item, 'nexthop'))) : undefined;
	return {
		family: familyOf(fields),
		type: fields.string('type'),
		dst: fields.string('dst'),
		...optional('from', fields.optionalString('from')),
		...gatewayOf(fields),
		...optional('prefsrc', fields.optionalString('prefsrc')),
		protocol: fields.string('protocol'),
		scope: fields.string('scope'),
		...optional('metric', fields.optionalInteger('metric')),
		...optional('tos', fields.optionalString('tos')),
		table: fields.string('table'),
		flags: fields.strings('flags'),
		...optional('nexthops', nexthops),
		...optional('nhid', fields.optionalInteger('nhid')),
		...optional('metrics', fields.has('metrics') ? fields.objects('metrics') : undefined),
		...optional('encap', fields.optionalString('encap')),
	};
}

function hopOf(fields: Fields): NextHop {
	return {
		...gatewayOf(fields),
		weight: fields.integer('weight'),
		flags: fields.strings('flags'),
		...optional('encap', fields.optionalString('encap')),
	};
}

function gatewayOf(fields: Fields): Pick<NextHop, 'gateway' | 'via' | 'dev'> {
	const via = fields.optionalObject('via');
	return {
		...optional('gateway', fields.optionalString('gateway')),
		...optional('via', via && viaOf(via)),
		...optional('dev', fields.optionalString('dev')),
	};
}

function viaOf(via: JsonObject): {family: string; host: string} {
	const fields = new Fields(via, 'via');
	return {family: fields.string('family'), host: fields.string('host')};
}

function familyOf(fields: Fields): Family {
	const family = fields.string('family');
	if (family === 'inet' || family === 'inet6') return family;
	throw new ShapeError(`unknown address family "${family}"`);
}

function flag<Key extends string>(fields: Fields, key: Key): {[K in Key]?: true} {
	return optional(key, fields.has(key) ? true : undefined);
}
