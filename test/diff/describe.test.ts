import test from 'ava';
import {describeDifferences, linkFacts, routeFacts} from '../../src/diff/describe.js';
import {inet, makeLink, makeRoute} from '../helpers/records.js';

test('a changed field has its path and both values', (t) => {
	t.deepEqual(describeDifferences({mtu: 1500, name: 'a'}, {mtu: 1400, name: 'a'}), [{path: ['mtu'], before: 1500, after: 1400}]);
});

test('a field that comes has no value before, one that goes none after', (t) => {
	t.deepEqual(describeDifferences({}, {master: 'br0'}), [{path: ['master'], after: 'br0'}]);
	t.deepEqual(describeDifferences({master: 'br0'}, {}), [{path: ['master'], before: 'br0'}]);
});

test('equal records have no differences', (t) => {
	t.deepEqual(describeDifferences(linkFacts(makeLink(4)), linkFacts(makeLink(4))), []);
});

test('deep-diff is never given a list', (t) => {
	const hop = {gateway: '10.0.0.1', dev: 'v4', weight: 1, flags: []};
	const facts = [
		linkFacts(makeLink(4, {addr_info: [inet('10.0.0.1'), inet('10.0.0.2')]})),
		routeFacts(makeRoute('default', {nexthops: [hop]})),
	];
	const lists: unknown[] = [];
	JSON.stringify(facts[0], (_, value) => (Array.isArray(value) ? lists.push(value) : value));
	JSON.stringify(facts[1], (_, value) => (Array.isArray(value) ? lists.push(value) : value));
	t.deepEqual(lists, []);
});

test('two next hops by the same device are told apart by their gateways, be they of the other family', (t) => {
	const hop = {dev: 'v4', weight: 1, flags: []};
	const route = makeRoute('default', {
		nexthops: [{...hop, gateway: '10.0.0.1'}, {...hop, gateway: '10.0.0.2'}, {...hop, via: {family: 'inet6', host: 'fe80::1'}}, hop],
	});
	const facts = {weight: 1, flags: ''};
	t.like(routeFacts(route), {nexthops: {'10.0.0.1@v4': facts, '10.0.0.2@v4': facts, 'fe80::1@v4': facts, '@v4': facts}});
});

test('a name or address like __proto__ does not disturb the description', (t) => {
	const route = makeRoute('default', {nexthops: [{dev: '__proto__', weight: 1, flags: []}]});
	t.notThrows(() => describeDifferences(routeFacts(route), routeFacts(makeRoute('default'))));
});
