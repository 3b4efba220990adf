import {isObject, type JsonObject} from '../json/fields.js';
import type {CallOutcome} from '../model/call.js';
import type {BareLink, Family, Link} from '../model/link.js';
import type {Route} from '../model/route.js';
import type {Rules} from '../model/rules.js';
import type {KeptState} from '../model/state.js';
import type {MonitorEvent} from '../probe/monitor/monitor-line.js';
import type {Dump} from '../probe/read/dump.js';
import type {Profile} from '../runtime/payload.js';

/** Version of the format. 1 had less than a replay needs, 2 had the wall clock of the start only. */
export const recordingFormat = 3;

/** How an engine was made. */
export interface RunLine {
	readonly what: 'run';
	readonly format: typeof recordingFormat;
	readonly version: string;
	/** The wall clock at the start of the run, ISO 8601. */
	readonly wall: string;
	/** Only in a file that follows another one: its number, from 2 on, and when it begins on the clock of the run. */
	readonly part?: {readonly number: number; readonly at: number};
	readonly netns?: string;
	/** Seed of the random numbers for jitter. */
	readonly seed: number;
	readonly rules: Rules;
	readonly pollIntervalMs: number;
	readonly asksForAll: boolean;
	/** Absent: the engine's own limit; null: no limit. */
	readonly bareFrom?: number | null;
	readonly profile: Profile;
	/** Absent for an observer. `kept`: what an earlier run had left, or what was known at the start of this part; null if there was nothing. */
	readonly runtime?: {readonly kept: KeptState | null};
}

interface RoutesOf {
	readonly family: Family;
	readonly routes: readonly Route[];
}

export type AnyDump = Dump<Link | BareLink | Route>;

/** When: on the monotonic clock, in milliseconds since the start, and on the wall clock, ISO 8601. */
export interface Moment {
	readonly at: number;
	readonly wall: string;
}

/** What came from outside, in the order in which the engine got it. */
export type InputLine = Moment &
	(
		| {readonly what: 'timer'; readonly id: number}
		| {readonly what: 'ready'; readonly monitor: number; readonly seen: boolean}
		| {readonly what: 'events'; readonly monitor: number; readonly events: readonly MonitorEvent[]}
		| {readonly what: 'loss' | 'end'; readonly monitor: number; readonly reason: string}
		/** null: the question cannot be asked. */
		| {readonly what: 'answer'; readonly id: number; readonly dump: AnyDump | null}
		| {readonly what: 'failed'; readonly id: number; readonly reason: string}
		| {readonly what: 'checked'}
		| {readonly what: 'called'; readonly id: number; readonly outcome: CallOutcome}
		| {readonly what: 'stop'}
	);

/** What the engine did, or read at once. */
export type NoteLine = Moment &
	(
		| {readonly what: 'ask'; readonly id: number; readonly question: string}
		| {readonly what: 'call'; readonly id: number; readonly op: string; readonly payload: string; readonly ifname?: string}
		/** A look at the monitor, by its number: it had dropped events, or left some unread. */
		| {readonly what: 'dropped' | 'unread'; readonly check: number}
		/** The state could not be written, by the number of the try. */
		| {readonly what: 'unsaved'; readonly save: number; readonly reason: string}
		/** The picture at the start of a part. The questions that were open then follow once more. */
		| {readonly what: 'picture'; readonly links: readonly Link[]; readonly routes: readonly RoutesOf[]}
		/** Lines are missing: the disk took no more. */
		| {readonly what: 'lost'; readonly lines: number}
	);

export type Recorded = RunLine | InputLine | NoteLine;

const isNumber = (value: unknown) => typeof value === 'number';
const isText = (value: unknown) => typeof value === 'string';

/** The fields of each line that are used without further checks. */
const checks: Readonly<Record<Recorded['what'], (line: JsonObject) => boolean>> = {
	run: ({format, wall, seed, rules, pollIntervalMs, profile}) =>
		format === recordingFormat && isText(wall) && isNumber(seed) && isObject(rules) && isNumber(pollIntervalMs) && isText(profile),
	timer: ({id}) => isNumber(id),
	ready: ({monitor, seen}) => isNumber(monitor) && typeof seen === 'boolean',
	events: ({monitor, events}) => isNumber(monitor) && Array.isArray(events) && events.every(isObject),
	loss: ({monitor, reason}) => isNumber(monitor) && isText(reason),
	end: ({monitor, reason}) => isNumber(monitor) && isText(reason),
	answer: ({id, dump}) =>
		isNumber(id) && (dump === null || (isObject(dump) && Array.isArray(dump['entries']) && typeof dump['complete'] === 'boolean')),
	failed: ({id, reason}) => isNumber(id) && isText(reason),
	checked: () => true,
	called: ({id, outcome}) => isNumber(id) && isObject(outcome) && typeof outcome['ok'] === 'boolean',
	stop: () => true,
	ask: ({id, question}) => isNumber(id) && isText(question),
	call: ({id, op, payload}) => isNumber(id) && isText(op) && isText(payload),
	dropped: ({check}) => isNumber(check),
	unread: ({check}) => isNumber(check),
	unsaved: ({save, reason}) => isNumber(save) && isText(reason),
	picture: ({links, routes}) => Array.isArray(links) && Array.isArray(routes),
	lost: ({lines}) => isNumber(lines),
};

/** Parses one line of a recording; undefined if it is none, as the last line may be after a SIGKILL. */
export function parseRecorded(line: string): Recorded | undefined {
	try {
		const value: unknown = JSON.parse(line);
		return isRecorded(value) ? value : undefined;
	} catch {
		return undefined;
	}
}

function isRecorded(value: unknown): value is Recorded {
	if (!isObject(value)) return false;
	const {what, at} = value;
	const dated = what === 'run' || (typeof at === 'number' && typeof value['wall'] === 'string');
	return typeof what === 'string' && isKind(what) && dated && checks[what](value);
}

function isKind(what: string): what is Recorded['what'] {
	return Object.hasOwn(checks, what);
}

const inputs: ReadonlySet<string> = new Set(['timer', 'ready', 'events', 'loss', 'end', 'answer', 'failed', 'checked', 'called', 'stop']);

export function isInput(line: Recorded): line is InputLine {
	return inputs.has(line.what);
}

/** Whether it is the line that a recording begins with, of any format. */
export function isRunLine(line: string): boolean {
	return line.startsWith('{"what":"run",');
}
