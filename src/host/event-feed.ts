import {everythingIn} from '../diff/absorb.js';
import {Causes} from '../diff/causes.js';
import type {Draft} from '../diff/draft.js';
import type {EventFilter} from '../diff/event-filter.js';
import {eventsOf} from '../diff/events.js';
import type {SubjectLine} from '../diff/flaps.js';
import type {CallReport} from '../model/call.js';
import {type Because, type Event, type EventBody, eventVersion, type FoundBody} from '../model/event.js';
import type {Delta, LookFacts, Picture} from '../model/picture.js';
import type {Sink} from '../model/sink.js';
import type {MonitorEvent} from '../probe/monitor/monitor-line.js';
import type {Clock} from '../time/clock.js';
import {callBody} from './call-event.js';
import type {EngineListener} from './engine-listener.js';
import {subjectLine} from './flap-lines.js';
import {FlapReports} from './flap-reports.js';
import type {NamespaceProcess} from './found-namespace.js';
import {type LaterTurns, StepQueue} from './step-queue.js';

export interface FeedOptions {
	/** Name of the namespace; undefined for netmon's own. */
	readonly netns?: string | undefined;
	/** The number of the namespace's last event, if an earlier feed made it. */
	readonly lastSeq?: number | undefined;
	readonly filter: EventFilter;
	readonly sinks: readonly Sink[];
	readonly clock: Clock;
	/** A sink has failed. The other sinks and the watch must go on. */
	onFault(error: unknown): void;
	/** The wall clock. */
	now(): Date;
	/** Calls are only reported, not made. */
	readonly dryRun?: boolean;
	/** Goes on with a large look in later turns of the event loop. Absent: all events of a look are made at once. */
	readonly later?: LaterTurns['later'];
}

/**
 * Makes events from what one engine reports. Events are filtered, numbered and passed to the sinks only here. It outlives the engine if
 * the namespace is waited for, because the numbers belong to the namespace.
 */
export class EventFeed implements EngineListener {
	readonly #options: FeedOptions;
	readonly #causes = new Causes();
	readonly #flaps: FlapReports;
	/** The numbers of events that others may refer to as their cause. */
	readonly #numbers = new WeakMap<Draft, number>();
	/** Makes at most one event in each step. */
	readonly #steps: StepQueue;
	#seq: number;

	constructor(options: FeedOptions) {
		const {clock, later, sinks, onFault} = options;
		this.#options = options;
		const behind = () => sinks.some((sink) => sink.behind);
		this.#steps = new StepQueue(later && {behind, later}, onFault);
		this.#flaps = new FlapReports({clock, busy: () => !this.#steps.empty, report: (body) => this.#tell(body)});
		this.#seq = options.lastSeq ?? 0;
	}

	/** The number of the last event. */
	get seq(): number {
		return this.#seq;
	}

	looked(delta: Delta, look: LookFacts): void {
		if (this.#options.sinks.length === 0) return;
		const now = this.#options.clock.now();
		this.#flaps.looked(now);
		const events = this.#publishLook(delta, look, now, this.#time());
		this.#steps.do(() => events.next().done === true);
	}

	/** The current picture as events, for a listener that joins late. They take no new numbers: each has the last one. */
	picture(picture: Picture): Event[] {
		this.#steps.finish();
		const drafts = eventsOf(everythingIn(picture), {cause: 'start', heard: () => true}, new Causes());
		const found = [...drafts].map(({body}) => body).filter(this.#options.filter);
		const count = (kind: EventBody['event']) => found.filter(({event}) => event === kind).length;
		const ready = {event: 'ready', interfaces: count('interface-found'), routes: count('route-found')} as const;
		const time = this.#time();
		return [...found, ready].map((body) => this.#eventOf(body, time));
	}

	heard(lines: readonly MonitorEvent[]): void {
		if (this.#options.sinks.length === 0) return;
		const now = this.#options.clock.now();
		this.#steps.once(() => this.#noteLines(lines, now));
	}

	lost(reason: string): void {
		this.#tell({event: 'loss', reason});
	}

	missed(count: number): void {
		this.#tell({event: 'missed', count});
	}

	called(report: CallReport): void {
		if (this.#options.sinks.length > 0) this.#tell(callBody(report, this.#options.dryRun === true));
	}

	/** The namespace itself came or went. */
	namespace(what: 'found' | 'gone' | 'replaced', process?: NamespaceProcess): void {
		this.#steps.finish();
		if (what !== 'found') this.#causes.clear();
		this.#tell({event: `namespace-${what}`, ...process});
	}

	stop(): void {
		this.#steps.finish();
		this.#flaps.stop();
	}

	*#publishLook(delta: Delta, look: LookFacts, now: number, time: string): Generator<void, void, undefined> {
		const found = {interface: 0, route: 0};
		for (const draft of eventsOf(delta, look, this.#causes)) {
			yield;
			const {body} = draft;
			const isChange = 'cause' in body;
			if (isChange) this.#flaps.changed(body, now);
			if (!this.#options.filter(body)) continue;
			if (body.event === 'interface-found' || body.event === 'route-found') found[topicOf(body)] += 1;
			const because = this.#because(draft);
			this.#publish(isChange && because !== undefined ? {...body, because} : body, time);
			if (isCause(body)) this.#numbers.set(draft, this.#seq);
		}
		if (look.cause === 'start') this.#publish({event: 'ready', interfaces: found.interface, routes: found.route}, time);
		else this.#flaps.expect();
	}

	#noteLines(lines: readonly MonitorEvent[], now: number): void {
		for (const line of lines) {
			if (line.table !== undefined) continue;
			const subject = subjectLine(line);
			if (subject?.deleted && subject.subject.kind === 'route') this.#causes.routeDeleted(subject.subject.dst);
			if (subject !== undefined && this.#options.filter(flapOf(subject))) this.#flaps.note(subject, now);
		}
		this.#flaps.expect();
	}

	#tell(body: EventBody): void {
		if (!this.#options.filter(body)) return;
		const time = this.#time();
		this.#steps.once(() => this.#publish(body, time));
	}

	#publish(body: EventBody, time: string): void {
		this.#seq += 1;
		const event = this.#eventOf(body, time);
		for (const sink of this.#options.sinks) {
			try {
				sink.take(event);
			} catch (error) {
				this.#options.onFault(error);
			}
		}
	}

	/** One object each: a look may find a hundred thousand. */
	#eventOf(body: EventBody, time: string): Event {
		const {netns} = this.#options;
		const seq = Math.max(1, this.#seq);
		return netns === undefined ? {v: eventVersion, time, seq, ...body} : {v: eventVersion, time, seq, netns, ...body};
	}

	#because({because}: Draft): Because | undefined {
		if (because === undefined || !isCause(because.body)) return undefined;
		const {event} = because.body;
		const seq = this.#numbers.get(because);
		return seq === undefined ? {event} : {event, seq};
	}

	#time(): string {
		return this.#options.now().toISOString();
	}
}

/** Whether another event may name this one as its cause. */
function isCause(body: EventBody): body is Extract<EventBody, {readonly event: Because['event']}> {
	return body.event === 'interface-changed' || body.event === 'interface-removed' || body.event === 'address-removed';
}

function topicOf({event}: FoundBody): 'interface' | 'route' {
	return event === 'interface-found' ? 'interface' : 'route';
}

/** An event with the subject of these lines, to ask the filter whether to count them. */
function flapOf({subject}: SubjectLine): EventBody {
	const counts = {count: 0, within: 0};
	if (subject.kind === 'interface') return {event: 'interface-flapped', interface: subject, ...counts};
	return {event: 'route-flapped', route: subject, ...counts};
}
