import {Fields, ShapeError} from '../json/fields.js';
import type {Announced, AnnouncedInterface, AnnouncedRecord, Standing} from '../model/announced.js';
import {type LinkIdentity, sameIdentity} from '../model/interface-table.js';
import type {RememberedLink} from '../model/state.js';
import type {Step} from '../model/step.js';

export function stepJson(step: Step): object {
	if (step.op === 'update-routes') return {op: step.op};
	const {ifindex, incarnation} = step.op === 'add-iface' ? step.identity : step.entry;
	return {op: step.op, ifindex, incarnation, record: step.op === 'add-iface' ? step.record : step.entry.record};
}

export function stepOf(fields: Fields, announced: Announced): Step {
	const op = fields.string('op');
	if (op === 'update-routes') return {op};
	const identity = linkIdentityOf(fields);
	const record = recordOf(new Fields(fields.object('record'), 'record'));
	if (op === 'add-iface') return {op, identity, record};
	if (op !== 'del-iface') throw new ShapeError(`unknown call "${op}"`);
	const known = announced.interfaces.find((entry) => sameIdentity(entry, identity));
	return {op, entry: known ?? {...identity, record, standing: 'unsure'}};
}

export function announcedOf(fields: Fields): Announced {
	return {
		interfaces: fields.objects('interfaces').map((item) => announcedInterfaceOf(new Fields(item, 'announced interface'))),
		routes: fields.optionalString('routes'),
		routesOwed: fields.boolean('routesOwed'),
	};
}

function announcedInterfaceOf(fields: Fields): AnnouncedInterface {
	return {
		...linkIdentityOf(fields),
		record: recordOf(new Fields(fields.object('record'), 'record')),
		standing: standingOf(fields.string('standing')),
	};
}

function linkIdentityOf(fields: Fields): LinkIdentity {
	return {ifindex: fields.integer('ifindex'), incarnation: fields.integer('incarnation')};
}

function recordOf(fields: Fields): AnnouncedRecord {
	return {
		name: fields.string('name'),
		addresses: fields.objects('addresses').map((item) => {
			const address = new Fields(item, 'address');
			const family = address.integer('family');
			if (family !== 2 && family !== 10) throw new ShapeError(`unknown address family ${family}`);
			return {family, address: address.string('address'), mask: address.string('mask')};
		}),
		mtu: fields.integer('mtu'),
		hwaddr: fields.string('hwaddr'),
		linkType: fields.string('linkType'),
	};
}

function standingOf(text: string): Standing {
	if (text === 'told' || text === 'unsure' || text === 'withdrawn') return text;
	throw new ShapeError(`unknown standing "${text}"`);
}

export function rememberedLinkOf(fields: Fields): RememberedLink {
	return {
		...linkIdentityOf(fields),
		hwaddr: fields.string('hwaddr'),
		kind: fields.string('kind'),
		sinceStart: fields.boolean('sinceStart'),
	};
}
