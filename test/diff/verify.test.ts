import test from 'ava';
import {sideBySide} from '../../src/diff/verify.js';
import type {Decision} from '../../src/model/decision.js';
import type {NamespaceState} from '../../src/model/watch-state.js';

const routes: readonly Decision[] = [
	{
		subject: {route: 'default', family: 'inet', dev: 'v0', gateway: '10.9.9.9'},
		...{decision: 'sent-changed', code: 'gateway-link-route', facts: {type: 'unicast', gateway: '10.9.9.9'}},
	},
	{
		subject: {route: 'fd00:1::/64', family: 'inet6'},
		...{decision: 'sent-changed', code: 'one-of-several', facts: {type: 'unicast', gateway: 'fd00::9', dev: 'v0'}},
	},
	{
		subject: {route: '10.5.0.0/16', family: 'inet', dev: 'v0', gateway: '10.0.0.5'},
		...{decision: 'left-out', code: 'tos', facts: {type: 'unicast', tos: '0x10'}},
	},
];

const state: NamespaceState = {
	...{netns: null, sandbox: 'sb', interfaces: [], routes: [], announced: null, decisions: routes, waiting: [], held: [], missed: 0},
	losses: {count: 0, last: null},
};

for (const [what, guest, different] of [
	['has what was sent', ['default', 'fd00:1::/64'], []],
	['has link routes to the gateways too, which may have been sent', ['10.9.9.9/32', 'default', 'fd00::9/128', 'fd00:1::/64'], []],
	['has a route to the gateway of one that was not sent', ['default', 'fd00:1::/64', '10.0.0.5'], ['10.0.0.5']],
	['lacks a route', ['default'], ['fd00:1::/64']],
] as const) {
	test(`a guest that ${what}: ${different.length === 0 ? 'no difference' : `a difference of ${different.join(', ')}`}`, (t) => {
		const rows = sideBySide(state, {interfaces: [], routes: guest});
		t.deepEqual(
			rows.filter(({differs}) => differs).map(({what: route}) => route),
			[...different],
		);
	});
}
