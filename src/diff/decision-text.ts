import type {Decision, DecisionCode} from '../model/decision.js';

type Facts = Decision['facts'];

const text = (facts: Facts, name: string) => (typeof facts[name] === 'string' ? facts[name] : 'unknown');

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
	'family-not-chosen': (facts) => `routes of the family ${text(facts, 'family')} are not sent`,
	'guest-makes-it': () => 'the guest’s kernel makes it itself',
	'link-local': () => 'the guest’s kernel makes link-local networks itself',
	'loopback-address': () => 'it belongs to an address of the loopback',
	type: (facts) => `its type is ${text(facts, 'type')}`,
	tos: () => 'it has a TOS',
	from: () => 'it is for one source only',
	encapsulated: () => 'it is encapsulated',
	'other-family-gateway': () => 'its gateway is of the other family',
	'no-interface': () => 'the guest does not have its interface',
	'no-next-hop': () => 'the guest has none of its next hops',
	dead: () => 'the kernel does not use it, it is dead',
	'scope-unknown': (facts) => `its scope ${text(facts, 'scope')} has no known number`,
	'another-first': () => 'another route to the same destination comes first',
	'guest-route-first': (facts) => `the guest has a route of its own to the same destination, by ${text(facts, 'device')}`,
	'gateway-refused': (facts) =>
		`the guest’s kernel would refuse the gateway ${text(facts, 'gateway')}: it is an address of the guest or a broadcast address`,
	'mapped-address': () => 'it has an IPv4-mapped IPv6 address, which cannot be told from an IPv4 one',
	'gateway-unreachable': (facts) => `the guest does not reach the gateway ${text(facts, 'gateway')}, and there is another route to it`,
	'one-of-several': () => 'of several next hops one is sent',
	'source-unknown': (facts) => `it is sent without its source ${text(facts, 'source')}, which the guest does not have`,
	'gateway-link-route': (facts) =>
		`it is sent with a link route to its gateway ${text(facts, 'gateway')}, which the guest could not reach otherwise`,
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
