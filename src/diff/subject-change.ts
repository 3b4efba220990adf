import {type Difference, interfaceName, interfaceRecord} from '../model/event.js';
import type {Subject, SubjectChange} from '../model/hook.js';
import {addressDifferences, linkDifferences, routeDifferences} from './differences.js';

/**
 * The change to tell, given the state that was told last; undefined if nothing differs. What came and went, or changed back, is never
 * told.
 *
 * @param found whether a new subject was there at the start
 */
export function subjectChange(told: Subject | undefined, now: Subject | undefined, found = false): SubjectChange | undefined {
	if (told === undefined) return now === undefined ? undefined : found ? foundBody(now) : addedOrRemoved(now, 'added');
	// Another link has this index now: first tell the removal of the old one, then the new one.
	if (now === undefined || incarnationOf(told) !== incarnationOf(now)) return addedOrRemoved(told, 'removed');
	const changes = differencesOf(told, now);
	return changes.length === 0 ? undefined : changedBody(now, changes);
}

function incarnationOf(subject: Subject): number | undefined {
	return subject.kind === 'route' ? undefined : subject.incarnation;
}

const cause = 'event';

function foundBody(subject: Subject): SubjectChange {
	if (subject.kind === 'interface') return {event: 'interface-found', interface: interfaceRecord(subject.link)};
	if (subject.kind === 'address') return {event: 'address-found', ...interfaceName(subject), address: subject.address};
	return {event: 'route-found', route: subject.routes[0]};
}

function addedOrRemoved(subject: Subject, what: 'added' | 'removed'): SubjectChange {
	if (subject.kind === 'interface') return {event: `interface-${what}`, interface: interfaceRecord(subject.link), cause};
	if (subject.kind === 'address') return {event: `address-${what}`, ...interfaceName(subject), address: subject.address, cause};
	return {event: `route-${what}`, route: subject.routes[0], cause};
}

function changedBody(subject: Subject, changes: readonly Difference[]): SubjectChange {
	if (subject.kind === 'interface') return {event: 'interface-changed', interface: interfaceRecord(subject.link), changes, cause};
	if (subject.kind === 'address') return {event: 'address-changed', ...interfaceName(subject), address: subject.address, changes, cause};
	return {event: 'route-changed', route: subject.routes[0], changes, cause};
}

function differencesOf(told: Subject, now: Subject): Difference[] {
	if (told.kind === 'interface' && now.kind === 'interface') return linkDifferences(told.link, now.link);
	if (told.kind === 'address' && now.kind === 'address') return addressDifferences(told.address, now.address);
	if (told.kind === 'route' && now.kind === 'route') return routeDifferences(told.routes[0], now.routes[0]);
	return [];
}
