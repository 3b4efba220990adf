import {Fields, isObject} from '../../src/json/fields.js';
import {stateOf} from '../faults/log-lines.js';
import type {TestNamespace} from '../helpers/namespace.js';
import type {Started} from '../helpers/netmon.js';
import {type FurnishedInterface, furnish} from './furnished-guest.js';
import type {GivenRoute} from './guest-kernel.js';

/** If a story does not end with netmon watching, or its last calls failed, it proves nothing about the guest. */
export async function guestFaults(namespace: TestNamespace, started: Started, families: readonly ('inet' | 'inet6')[]): Promise<string[]> {
	const {netmon, runtime} = started;
	if (netmon.child.exitCode !== null || netmon.child.signalCode !== null) return [];
	const {announced} = await stateOf(netmon);
	const list = runtime.calls.filter(({op}) => op === 'update-routes').at(-1);
	if (list === undefined || !isObject(announced)) return [];
	const entries = new Fields(announced, 'announced').objects('interfaces');
	const settled = announced['routesOwed'] === false && entries.every(({standing}) => standing === 'told');
	if (!settled) return [];
	const links = new Map(linksOf(namespace));
	const interfaces = entries.map((entry): FurnishedInterface => {
		const fields = new Fields(entry, 'entry');
		const record = new Fields(fields.object('record'), 'record');
		return {
			name: record.string('name'),
			hwaddr: record.string('hwaddr'),
			mtu: record.integer('mtu'),
			addresses: record.objects('addresses').map(({address, mask}) => `${address}/${mask}`),
			here: links.get(fields.integer('ifindex')),
		};
	});
	// `ip -batch` cannot express every name.
	if (interfaces.some(({name}) => !/^[\w.-]+$/.test(name))) return [];
	return furnish(namespace, interfaces, routesOf(list.text), families);
}

function linksOf(namespace: TestNamespace): [number, string][] {
	return [...namespace.ip('-o link show').matchAll(/^(\d+): ([^:@\n]+)/gm)].map(([, index, name = '']) => [Number(index), name]);
}

function routesOf(text: string): GivenRoute[] {
	const parsed: unknown = JSON.parse(text);
	if (!Array.isArray(parsed)) throw new Error(`no list of routes: ${text}`);
	return parsed.filter(isObject).map((entry) => {
		const fields = new Fields(entry, text);
		return {
			dest: fields.string('Dest'),
			gateway: fields.string('Gateway'),
			device: fields.string('Device'),
			source: fields.string('Source'),
			scope: fields.integer('Scope'),
		};
	});
}
