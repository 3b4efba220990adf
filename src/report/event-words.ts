import {isObject} from '../json/fields.js';
import type {CallBody, Event, EventBody, FlapBody} from '../model/event.js';
import {addressChangeText, linkChangeText, routeChangeText} from './change-words.js';
import type {Colour} from './colour.js';
import {addressName, addressText, linkText, routeText} from './record-words.js';

/** The words for an event in a line. */
export interface EventWords {
	readonly sign: ' ' | '+' | '~' | '-' | '>' | '!';
	readonly colour: Colour;
	/** An interface's name, or `route`, `call`, … */
	readonly subject: string;
	readonly text: string;
}

const found = {sign: ' ', colour: 'dim'} as const;
const added = {sign: '+', colour: 'green'} as const;
const changed = {sign: '~', colour: 'yellow'} as const;
const removed = {sign: '-', colour: 'red'} as const;
const alarm = {sign: '!', colour: 'red'} as const;

/** An event in everyday words. An address is a change of its interface. */
export function wordsOf(event: EventBody): EventWords {
	switch (event.event) {
		case 'interface-found':
			return {...found, subject: event.interface.ifname, text: linkText(event.interface)};
		case 'interface-added':
			return {...added, subject: event.interface.ifname, text: linkText(event.interface)};
		case 'interface-removed':
			return {...removed, subject: event.interface.ifname, text: 'removed'};
		case 'interface-changed':
			return {...changed, subject: event.interface.ifname, text: linkChangeText(event.changes)};
		case 'address-found':
			return {...found, subject: event.ifname, text: addressText(event.address)};
		case 'address-added':
			return {...added, sign: '~', subject: event.ifname, text: `+${addressText(event.address)}`};
		case 'address-removed':
			return {...removed, sign: '~', subject: event.ifname, text: `-${addressName(event.address)}`};
		case 'address-changed':
			return {...changed, subject: event.ifname, text: addressChangeText(event.address, event.changes)};
		case 'route-found':
			return {...found, subject: 'route', text: `${event.route.dst} ${routeText(event.route)}`};
		case 'route-added':
			return {...added, subject: 'route', text: `${event.route.dst} ${routeText(event.route)}`};
		case 'route-removed':
			return {...removed, subject: 'route', text: `${event.route.dst} ${routeText(event.route)}`};
		case 'route-changed':
			return {...changed, subject: 'route', text: `${event.route.dst} ${routeChangeText(event.changes)}`};
		case 'interface-flapped':
		case 'route-flapped':
			return {...alarm, ...flapWords(event)};
		case 'call':
			return callWords(event);
		default:
			return noticeWords(event);
	}
}

type Notice = Extract<
	EventBody,
	{event: 'ready' | 'loss' | 'missed' | 'dropped' | 'namespace-found' | 'namespace-gone' | 'namespace-replaced'}
>;

function noticeWords(event: Notice): EventWords {
	switch (event.event) {
		case 'ready':
			return {...found, subject: 'ready', text: `${counted(event.interfaces, 'interface')}, ${counted(event.routes, 'route')}`};
		case 'loss':
			return {...alarm, subject: 'loss', text: `${event.reason}; everything is read again`};
		case 'missed':
			return {...alarm, subject: 'missed', text: `the poll found ${counted(event.count, 'change')} that no event had announced`};
		case 'dropped':
			return {...alarm, subject: 'dropped', text: `${counted(event.count, 'event')}: the reader of this output did not keep up`};
		case 'namespace-found':
			return {...found, subject: 'netns', text: `found${namespaceWords(event)}`};
		case 'namespace-gone':
			return {...removed, subject: 'netns', text: `gone${namespaceWords(event)}`};
		case 'namespace-replaced':
			return {...changed, subject: 'netns', text: 'replaced by another of the same name'};
	}
}

/** The process, and as much of its container's id as `docker ps` shows. */
function namespaceWords({command, container}: {readonly command?: string; readonly container?: string}): string {
	return `${command === undefined ? '' : `, ${command}`}${container === undefined ? '' : `, container ${container.slice(0, 12)}`}`;
}

function flapWords(event: FlapBody): Pick<EventWords, 'subject' | 'text'> {
	const text = `flapped: ${counted(event.count, 'event')} in ${event.within} ms, no change left`;
	if (event.event === 'interface-flapped') {
		return event.interface === undefined
			? {subject: 'netns', text: `${event.subjects} more interfaces ${text}`}
			: {subject: event.interface.ifname, text};
	}
	if (event.route === undefined) return {subject: 'route', text: `${event.subjects} more destinations ${text}`};
	const {dst, dev} = event.route;
	return {subject: 'route', text: `${dst}${dev === undefined ? '' : ` dev ${dev}`} ${text}`};
}

function callWords({op, ok, ifname, payload, attempt, duration_ms, reason, stderr, retry_in_ms, dry_run}: CallBody): EventWords {
	const what = ifname ?? (Array.isArray(payload) ? counted(payload.length, 'route') : destinationIn(payload));
	if (dry_run) return {sign: '>', colour: 'cyan', subject: 'call', text: `would call ${op} ${JSON.stringify(payload)}`};
	const took = `${duration_ms.toFixed(1)} ms`;
	if (ok) return {sign: '>', colour: 'cyan', subject: 'call', text: `${op} ${what}, ${took}`};
	const retry = retry_in_ms === undefined ? '' : `, again in ${Math.round(retry_in_ms)} ms`;
	const said = stderr === undefined ? '' : `: ${stderr.trimEnd().split('\n').at(-1)}`;
	return {...alarm, subject: 'call', text: `${op} ${what} failed: ${reason} (try ${attempt}, ${took}${retry})${said}`};
}

/** Of the route that a program was told of. */
function destinationIn(payload: unknown): string {
	const route = isObject(payload) ? payload['route'] : undefined;
	return isObject(route) ? String(route['dst']) : '';
}

export function counted(count: number, what: string): string {
	return `${count} ${what}${count === 1 ? '' : 's'}`;
}

/** What an event was, for the line of an event that it caused: `eth0 went down`. Undefined if it can cause none. */
export function causeWords(event: Event): string | undefined {
	if (event.event === 'interface-removed') return `${event.interface.ifname} was removed`;
	if (event.event === 'address-removed') return `${addressName(event.address)} was removed`;
	if (event.event !== 'interface-changed') return undefined;
	const {ifname, flags} = event.interface;
	const renamed = event.changes.some(({field}) => field === 'ifname');
	if (renamed) return `${ifname} was renamed`;
	return flags.includes('UP') ? `${ifname} lost its carrier` : `${ifname} went down`;
}
