import type {Decision, DecisionCode} from '../model/decision.js';
import type {RouteReason} from '../model/reason.js';
import {routeReasonText} from './reason-text.js';

type Facts = Decision['facts'];

const text = (facts: Facts, name: string) => (typeof facts[name] === 'string' ? facts[name] : 'unknown');

/** Reasons of routes, worded as in the log. */
const ofRoute =
	(reason: (facts: Facts) => RouteReason) =>
	(facts: Facts): string =>
		routeReasonText(reason(facts));

/** Every code in words. docs/reasons.md has an example of each. */
export const decisionTexts: Readonly<Record<DecisionCode, (facts: Facts) => string>> = {
	loopback: () => 'the loopback is never announced',
	'runtimes-own': () => 'its name ends in “kata”, it is the runtime’s own',
	'not-running': ({flags}) => (Array.isArray(flags) && flags.includes('UP') ? 'it is UP, but has no carrier' : 'it is down'),
	'waits-for-first-address': () => 'it was there at the start without an address, and waits for its first one',
	'waits-for-address': ({wait_ms}) => `it has no address yet, and is announced without one in ${String(wait_ms)} ms`,
	'address-tentative': () => 'it has an address that cannot be used yet (tentative)',
	'has-address': () => 'it is up and has an address',
	'no-address-came': () => 'no address came in time, it is announced without one',
	announced: () => 'it has not changed since',
	'announced-again': () => 'the last call about it did not end well, it is announced again',
	changed: () => 'it has changed, and is announced again',
	'first-address': () => 'it has got its first address, and is announced again',
	'change-not-told': (facts) => `it has changed since, and --on-change ${text(facts, 'onChange')} does not report that`,
	'gave-up-name': (facts) => `another interface gets the name ${text(facts, 'name')}`,
	gone: () => 'it is gone',
	'shared-address-unattachable': (facts) =>
		facts['sharer'] === facts['announced_as']
			? `another one has its hardware address, and as a ${text(facts, 'kind')} it could not be attached again`
			: `to detach it would detach ${text(facts, 'sharer')} too, which has the same hardware address and, as a ${text(facts, 'kind')}, could not be attached again`,
	'name-kept': (facts) => `another interface, which is kept, has the name ${text(facts, 'name')} in the guest`,
	'as-it-is': () => 'the guest reaches it as the namespace does',
	'family-not-chosen': ofRoute((facts) => ({code: 'family-not-chosen', family: text(facts, 'family')})),
	'guest-makes-it': ofRoute(() => ({code: 'guest-makes-it'})),
	'link-local': ofRoute(() => ({code: 'link-local'})),
	'loopback-address': ofRoute(() => ({code: 'loopback-address'})),
	type: ofRoute((facts) => ({code: 'type', type: text(facts, 'type')})),
	tos: ofRoute((facts) => ({code: 'tos', tos: text(facts, 'tos')})),
	from: ofRoute((facts) => ({code: 'from', from: text(facts, 'from')})),
	encapsulated: ofRoute((facts) => ({code: 'encapsulated', encap: text(facts, 'encap')})),
	'other-family-gateway': ofRoute((facts) => ({code: 'other-family-gateway', gateway: text(facts, 'gateway')})),
	'no-interface': ofRoute((facts) => ({code: 'no-interface', dev: text(facts, 'dev')})),
	'no-next-hop': ofRoute(() => ({code: 'no-next-hop'})),
	dead: ofRoute(() => ({code: 'dead'})),
	'scope-unknown': ofRoute((facts) => ({code: 'scope-unknown', scope: text(facts, 'scope')})),
	'another-first': ofRoute(() => ({code: 'another-first'})),
	'guest-route-first': ofRoute((facts) => ({code: 'guest-route-first', device: text(facts, 'device')})),
	'gateway-refused': ofRoute((facts) => ({code: 'gateway-refused', gateway: text(facts, 'gateway')})),
	'mapped-address': ofRoute(() => ({code: 'mapped-address'})),
	'gateway-unreachable': ofRoute((facts) => ({code: 'gateway-unreachable', gateway: text(facts, 'gateway')})),
	'one-of-several': ofRoute((facts) => ({code: 'one-of-several', gateway: text(facts, 'gateway'), dev: text(facts, 'dev')})),
	'source-unknown': ofRoute((facts) => ({code: 'source-unknown', source: text(facts, 'source')})),
	'gateway-link-route': ofRoute((facts) => ({code: 'gateway-link-route', gateway: text(facts, 'gateway')})),
};

const words: Readonly<Record<Decision['decision'], string>> = {
	announced: 'announced',
	'to-announce': 'about to be announced',
	'to-delete': 'about to be deleted',
	kept: 'kept as it was announced',
	waiting: 'not announced yet',
	'not-announced': 'not announced',
	sent: 'sent',
	'sent-changed': 'sent differently',
	'left-out': 'not sent',
};

/** A decision as a sentence: `eth1 is not announced: it is UP, but has no carrier`. */
export function decisionSentence({subject, decision, code, facts}: Decision): string {
	const what = 'interface' in subject ? subject.interface : routeText(subject);
	return `${what} is ${words[decision]}: ${decisionTexts[code](facts)}`;
}

function routeText({route, gateway, dev}: {readonly route: string; readonly gateway?: string; readonly dev?: string}): string {
	return `${route}${gateway === undefined ? '' : ` via ${gateway}`}${dev === undefined ? '' : ` dev ${dev}`}`;
}
