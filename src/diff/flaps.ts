import {type ChangeBody, type FlapBody, interfaceName} from '../model/event.js';

/** The parts of a monitor line that flap detection needs. */
export interface SubjectLine {
	/** What the line is about: `10.0.0.0/8`, `link 4`, `address 4 10.0.0.2`. A change has the same key. */
	readonly key: string;
	readonly subject: FlapSubject;
	readonly deleted: boolean;
	/** The content of the line, to distinguish different lines. */
	readonly state: string;
}

export type FlapSubject =
	| {readonly kind: 'route'; readonly dst: string; readonly dev?: string}
	| {readonly kind: 'interface'; readonly ifindex: number; readonly ifname: string};

interface Entry {
	readonly subject: FlapSubject;
	added: number;
	deleted: number;
	first: number;
	last: number;
	/** Lines added more than one state. */
	varied: boolean;
	state: string;
	/** Lines still expected for changes that a look has already shown. */
	owedAdded: number;
	owedDeleted: number;
	changedAt: number | undefined;
}

/** The most subjects to follow at once. Lines of other subjects are not counted. */
const mostSubjects = 20_000;
/** The most subjects to report one by one. The rest share one event. */
const mostReported = 100;
/** How long after a look the lines about what it showed may still come. */
const lateMs = 1000;
/** Something that flaps without a pause is reported at least this often. */
const longestMs = 2000;

/**
 * Counts monitor lines that led to no change. A subject that came and went between two looks leaves lines of both kinds. A line that only
 * repeats what a look has shown does not count.
 */
export class Flaps {
	readonly #entries = new Map<string, Entry>();

	/** Whether there is something to report or to forget later. */
	get pending(): boolean {
		return this.#entries.size > 0;
	}

	/** @param now milliseconds on a clock that never goes back */
	note({key, subject, deleted, state}: SubjectLine, now: number): void {
		const entry = this.#entries.get(key) ?? (this.#isFull ? undefined : this.#add(key, subject, now));
		if (entry === undefined) return;
		if (entry.added + entry.deleted === 0) entry.first = now;
		if (deleted) {
			if (entry.owedDeleted > 0) entry.owedDeleted -= 1;
			else entry.deleted += 1;
		} else if (entry.owedAdded > 0) entry.owedAdded -= 1;
		else {
			entry.varied ||= entry.added > 0 && entry.state !== state;
			entry.state = state;
			entry.added += 1;
		}
		entry.last = now;
	}

	/** A look showed a change, so its line led to something. */
	changed(body: ChangeBody, now: number): void {
		const key = keyOf(body);
		const entry = this.#entries.get(key) ?? (this.#isFull ? undefined : this.#add(key, subjectOf(body), now));
		if (entry === undefined) return;
		entry.changedAt = now;
		if (entry.subject.kind === 'interface') {
			// One change of an interface has several lines.
			entry.added = 0;
			entry.deleted = 0;
			entry.varied = false;
			return;
		}
		if (body.event === 'route-removed') {
			if (entry.deleted > 0) entry.deleted -= 1;
			else entry.owedDeleted += 1;
		} else if (entry.added > 0) entry.added -= 1;
		else entry.owedAdded += 1;
		// Its lines and its changes match. In a storm that makes room for others.
		if (entry.added + entry.deleted + entry.owedAdded + entry.owedDeleted === 0) this.#entries.delete(key);
	}

	/** What has flapped, each subject once. Call it about once a second. Looks have taken in all lines before `settledBefore`. */
	report(now: number, settledBefore: number): FlapBody[] {
		const bySubject = new Map<string, {subject: FlapSubject; count: number; first: number; last: number}>();
		for (const [key, entry] of this.#entries) {
			if (entry.last > settledBefore && now - entry.first < longestMs) continue;
			if (hasFlapped(entry)) {
				const name = entry.subject.kind === 'route' ? key : `link ${entry.subject.ifindex}`;
				const known = bySubject.get(name) ?? {subject: entry.subject, count: 0, first: entry.first, last: entry.last};
				bySubject.set(name, {
					...known,
					count: known.count + entry.added + entry.deleted,
					first: Math.min(known.first, entry.first),
					last: Math.max(known.last, entry.last),
				});
				this.#entries.delete(key);
			} else if (now - entry.last >= lateMs) this.#entries.delete(key);
		}
		const flapped = [...bySubject.values()];
		return [...flapped.slice(0, mostReported).map(flapBody), ...restBodies(flapped.slice(mostReported))];
	}

	get #isFull(): boolean {
		return this.#entries.size >= mostSubjects;
	}

	#add(key: string, subject: FlapSubject, now: number): Entry {
		const entry: Entry = {
			subject,
			added: 0,
			deleted: 0,
			first: now,
			last: now,
			varied: false,
			state: '',
			owedAdded: 0,
			owedDeleted: 0,
			changedAt: undefined,
		};
		this.#entries.set(key, entry);
		return entry;
	}
}

function hasFlapped({subject, added, deleted, varied, changedAt, last}: Entry): boolean {
	// The lines of one change of an interface come one after the other.
	if (subject.kind === 'interface' && changedAt !== undefined && last - changedAt < lateMs) return false;
	if (added > 0 && deleted > 0) return true;
	return added > 1 && varied && changedAt === undefined;
}

type Summary = {readonly subject: FlapSubject; readonly count: number; readonly first: number; readonly last: number};

function flapBody({subject, count, first, last}: Summary): FlapBody {
	const within = Math.round(last - first);
	if (subject.kind === 'route') {
		const {kind: _, ...route} = subject;
		return {event: 'route-flapped', route, count, within};
	}
	return {event: 'interface-flapped', interface: interfaceName(subject), count, within};
}

function restBodies(rest: readonly Summary[]): FlapBody[] {
	return (['interface', 'route'] as const).flatMap((kind): FlapBody[] => {
		const ofKind = rest.filter(({subject}) => subject.kind === kind);
		if (ofKind.length === 0) return [];
		const count = ofKind.reduce((sum, each) => sum + each.count, 0);
		const within = Math.round(Math.max(...ofKind.map(({last}) => last)) - Math.min(...ofKind.map(({first}) => first)));
		return [{event: `${kind}-flapped`, count, within, subjects: ofKind.length}];
	});
}

function keyOf(body: ChangeBody): string {
	if ('route' in body) return body.route.dst;
	return 'address' in body ? `address ${body.ifindex} ${body.address.local}` : `link ${body.interface.ifindex}`;
}

function subjectOf(body: ChangeBody): FlapSubject {
	if ('route' in body) {
		const {dst, dev} = body.route;
		return dev === undefined ? {kind: 'route', dst} : {kind: 'route', dst, dev};
	}
	const {ifindex, ifname} = 'address' in body ? body : body.interface;
	return {kind: 'interface', ifindex, ifname};
}
