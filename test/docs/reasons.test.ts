import {readFileSync} from 'node:fs';
import test from 'ava';
import {decisionSentence, decisionTexts} from '../../src/diff/decision-text.js';
import type {Decision, DecisionCode} from '../../src/model/decision.js';
import {root} from '../helpers/netmon.js';

type Example = Pick<Decision, 'decision'> & {readonly of: string; readonly facts?: Decision['facts']};

/** An example of every code: of an interface, or of a route's destination. */
const examples: Readonly<Record<DecisionCode, Example>> = {
	loopback: {of: 'lo', decision: 'not-announced'},
	'runtimes-own': {of: 'tap0_kata', decision: 'not-announced'},
	'not-running': {of: 'eth1', decision: 'not-announced', facts: {flags: ['BROADCAST', 'UP']}},
	'waits-for-first-address': {of: 'eth1', decision: 'not-announced'},
	'waits-for-address': {of: 'eth1', decision: 'waiting', facts: {wait_ms: 80}},
	'address-tentative': {of: 'eth1', decision: 'not-announced'},
	'has-address': {of: 'eth1', decision: 'to-announce'},
	'no-address-came': {of: 'eth1', decision: 'to-announce'},
	announced: {of: 'eth0', decision: 'announced'},
	'announced-again': {of: 'eth0', decision: 'to-announce'},
	changed: {of: 'eth0', decision: 'to-announce'},
	'first-address': {of: 'eth0', decision: 'to-announce'},
	'change-not-told': {of: 'eth0', decision: 'announced', facts: {onChange: 'first-address'}},
	'gave-up-name': {of: 'eth2', decision: 'to-announce', facts: {name: 'eth0'}},
	gone: {of: 'eth0', decision: 'to-delete'},
	'shared-address-unattachable': {of: 'eth0', decision: 'kept', facts: {sharer: 'eth1', kind: 'macvlan'}},
	'name-kept': {of: 'eth2', decision: 'kept', facts: {name: 'eth0'}},
	'as-it-is': {of: '10.5.0.0/16', decision: 'sent'},
	'family-not-chosen': {of: 'fd00::/64', decision: 'left-out', facts: {family: 'inet6'}},
	'guest-makes-it': {of: '10.1.0.0/24', decision: 'left-out'},
	'link-local': {of: 'fe80::/64', decision: 'left-out'},
	'loopback-address': {of: '10.9.0.1', decision: 'left-out'},
	type: {of: '10.6.0.0/16', decision: 'left-out', facts: {type: 'blackhole'}},
	tos: {of: '10.5.0.0/16', decision: 'left-out', facts: {tos: '0x10'}},
	from: {of: 'fd00:5::/64', decision: 'left-out', facts: {from: 'fd00::/8'}},
	encapsulated: {of: '10.5.0.0/16', decision: 'left-out', facts: {encap: 'mpls'}},
	'other-family-gateway': {of: '10.5.0.0/16', decision: 'left-out', facts: {gateway: 'fe80::1'}},
	'no-interface': {of: '10.5.0.0/16', decision: 'left-out', facts: {dev: 'eth3'}},
	'no-next-hop': {of: '10.5.0.0/16', decision: 'left-out'},
	dead: {of: '10.5.0.0/16', decision: 'left-out'},
	'scope-unknown': {of: '10.5.0.0/16', decision: 'left-out', facts: {scope: 'garden'}},
	'another-first': {of: '10.5.0.0/16', decision: 'left-out'},
	'guest-route-first': {of: '10.1.0.0/24', decision: 'left-out', facts: {device: 'eth1'}},
	'gateway-refused': {of: '10.5.0.0/16', decision: 'left-out', facts: {gateway: '10.1.0.255'}},
	'mapped-address': {of: '::ffff:10.5.0.0/112', decision: 'left-out'},
	'gateway-unreachable': {of: '10.5.0.0/16', decision: 'left-out', facts: {gateway: '192.0.2.1'}},
	'one-of-several': {of: '10.5.0.0/16', decision: 'sent-changed', facts: {gateway: '10.1.0.1', dev: 'eth0'}},
	'source-unknown': {of: '10.5.0.0/16', decision: 'sent-changed', facts: {source: '10.7.0.2'}},
	'gateway-link-route': {of: 'default', decision: 'sent-changed', facts: {gateway: '169.254.1.1'}},
};

test('docs/reasons.md lists every code, with an example as netmon why says it', (t) => {
	const page = readFileSync(`${root}docs/reasons.md`, 'utf8');
	const listed = [...page.matchAll(/^\| `([a-z-]+)` \|/gm)].map(([, code]) => code);
	t.deepEqual([...listed].sort(), Object.keys(decisionTexts).sort());
	for (const code of Object.keys(decisionTexts) as DecisionCode[]) {
		const {of, decision, facts = {}} = examples[code];
		const ofInterface = ['announced', 'to-announce', 'to-delete', 'kept', 'waiting', 'not-announced'].includes(decision);
		const subject = ofInterface ? {interface: of, ifindex: 4} : {route: of, family: 'inet'};
		const row = `| \`${code}\` | ${decisionSentence({subject, decision, code, facts})} |`;
		t.true(page.includes(row), row);
	}
});
