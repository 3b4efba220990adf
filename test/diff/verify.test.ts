import test from 'ava';
import {decisionsOf} from '../../src/diff/decisions.js';
import {sideBySide} from '../../src/diff/verify.js';
import {defaultRules, makeLink, makeRecord, makeRoute, tableOf, told} from '../helpers/records.js';

const announced = [told(4)];
const routes = [
	makeRoute('default', {gateway: '169.254.1.1', flags: ['onlink']}),
	makeRoute('10.4.0.0/24', {protocol: 'kernel', scope: 'link', prefsrc: '10.4.0.2'}),
	makeRoute('10.9.0.0/16', {gateway: '10.4.0.1'}),
];
const state = {
	...{netns: null, sandbox: 'sb1', interfaces: [makeLink(4)], routes, waiting: [], held: []},
	announced: {interfaces: announced, routes: 'same', routesOwed: false},
	decisions: decisionsOf({table: tableOf(makeLink(4)), routes: new Map([['inet', routes]])}, announced, defaultRules, 0),
	...{losses: {count: 0, last: null}, missed: 0},
};
const {name, hwaddr} = makeRecord(4);

function differing(...dsts: readonly string[]): string[] {
	const guest = {interfaces: [{name, hwaddr, addresses: ['10.4.0.2/24']}], routes: dsts};
	return sideBySide(state, guest).flatMap(({what, differs}) => (differs ? [what] : []));
}

test('routes by ip and by kata-runtime agree with those that were sent: link routes to gateways belong to them, and the kernel makes some', (t) => {
	t.deepEqual(differing('default', '169.254.1.1', '10.9.0.0/16'), []);
	t.deepEqual(differing('', '169.254.1.1/32', '10.9.0.0/16', '10.4.0.0/24', 'fe80::/64', '::1/128'), []);
});

test('a route that the guest lacks differs, and one that nobody sent', (t) => {
	t.deepEqual(differing('169.254.1.1', '10.9.0.0/16', '10.7.0.0/16', '10.4.0.9'), ['default', '10.7.0.0/16', '10.4.0.9']);
});
