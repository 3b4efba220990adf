import type {Because, Event, EventBody} from '../model/event.js';
import {visibleText} from '../text/byte-text.js';
import {type Colour, painted} from './colour.js';
import {causeWords, wordsOf} from './event-words.js';
import {columnsOf, padded, wrapped} from './wrap.js';

export interface LinesOptions {
	readonly colours: boolean;
	/** Whether lines of several namespaces are mixed. */
	readonly namespaces: boolean;
	/** `full` puts the date into every line; `time` prints it when the day changes. */
	readonly timestamps: 'time' | 'full';
	/** The day that a reader assumes for a time; undefined: that of the first line. */
	readonly today?: Date;
	/** The current width of the terminal; undefined: lines are never broken. */
	columns(): number | undefined;
}

/** Most names are shorter. The columns grow with longer names, up to a share of the terminal. */
const leastSubject = 6;
const mostShare = 1 / 6;
/** If a line has room, the reason stands in its own column. */
const reasonColumn = 46;
const roomyColumns = 100;
/** How many events to remember as possible causes of later ones. */
const mostCauses = 1000;

const withoutNumber: Readonly<Record<Because['event'], string>> = {
	'interface-changed': 'its interface changed',
	'interface-removed': 'its interface was removed',
	'address-removed': 'its address was removed',
};

/** Lines for people: time, namespace, sign, subject, what happened, why. */
export class Lines {
	readonly #options: LinesOptions;
	readonly #causes = new Map<string, string>();
	#subjectColumns = leastSubject;
	#namespaceColumns = 0;
	#day: string | undefined;
	/** The last event's time, which a storm shares. */
	#last = {time: '', local: {date: '', time: ''}};

	constructor(options: LinesOptions) {
		this.#options = options;
		this.#day = options.today === undefined ? undefined : localTime(options.today).date;
	}

	/** The line of an event, with its newline. It is indented by `depth`, the number of causes above it. */
	line(event: Event, depth = 0): string {
		const {sign, colour, subject, text} = wordsOf(event);
		const shown = visibleText(subject);
		this.#subjectColumns = this.#grown(this.#subjectColumns, shown);
		const {day, head} = this.#head(event);
		const start = `${'  '.repeat(depth)}${sign} ${padded(shown, this.#subjectColumns)} `;
		const details = visibleText(text) + this.#reason(event, text);
		const columns = this.#options.columns();
		const used = columnsOf(head) + columnsOf(start);
		const body = columns === undefined ? details : wrapped(details, used, columns);
		this.#remember(event);
		return `${day}${this.#painted(head, 'dim')}${this.#painted((start + body).trimEnd(), colour)}\n`;
	}

	/** One name that is longer than the others must not take the room of what happened. */
	#grown(columns: number, name: string): number {
		const most = Math.floor((this.#options.columns() ?? Number.POSITIVE_INFINITY) * mostShare);
		return Math.max(columns, Math.min(columnsOf(name), most));
	}

	#head(event: Event): {day: string; head: string} {
		if (event.time !== this.#last.time) this.#last = {time: event.time, local: localTime(new Date(event.time))};
		const {date, time} = this.#last.local;
		const full = this.#options.timestamps === 'full';
		const isNew = !full && this.#day !== undefined && this.#day !== date;
		this.#day = date;
		let head = `${full ? `${date} ` : ''}${time} `;
		if (this.#options.namespaces) {
			const name = visibleText(event.netns ?? '-');
			this.#namespaceColumns = this.#grown(this.#namespaceColumns, name);
			head += `${padded(name, this.#namespaceColumns)} `;
		}
		return {day: isNew ? `${date}\n` : '', head};
	}

	#reason(event: Event, text: string): string {
		const because = 'because' in event ? event.because : undefined;
		if (because === undefined) return '';
		const known = because.seq === undefined ? undefined : this.#causes.get(causeKey(event.netns, because.seq));
		const reason = visibleText(known ?? withoutNumber[because.event]);
		const roomy = (this.#options.columns() ?? roomyColumns) >= roomyColumns;
		return `${' '.repeat(roomy ? Math.max(2, reasonColumn - columnsOf(text)) : 2)}(${reason})`;
	}

	#remember(event: Event): void {
		const words = causeWords(event);
		if (words === undefined) return;
		this.#causes.set(causeKey(event.netns, event.seq), words);
		const [oldest] = this.#causes.keys();
		if (this.#causes.size > mostCauses && oldest !== undefined) this.#causes.delete(oldest);
	}

	#painted(text: string, colour: Colour): string {
		return this.#options.colours ? painted(text, colour) : text;
	}
}

/** A line without a time, for something that happened at an unknown time. */
export function bodyLine(body: EventBody, subjectColumns: number, colours: boolean): string {
	const {sign, colour, subject, text} = wordsOf(body);
	const line = `${sign} ${padded(visibleText(subject), Math.max(leastSubject, subjectColumns))} ${visibleText(text)}`.trimEnd();
	return `${colours ? painted(line, colour) : line}\n`;
}

function causeKey(netns: string | undefined, seq: number): string {
	return `${seq} ${netns ?? ''}`;
}

/** The start of a line with `timestamps: 'full'`. */
export function localStamp(ms: number): string {
	const {date, time} = localTime(new Date(ms));
	return `${date} ${time}`;
}

/** In the time zone of this machine. */
export function localTime(at: Date): {date: string; time: string} {
	const pad = (number: number, width = 2) => String(number).padStart(width, '0');
	return {
		date: `${at.getFullYear()}-${pad(at.getMonth() + 1)}-${pad(at.getDate())}`,
		time: `${pad(at.getHours())}:${pad(at.getMinutes())}:${pad(at.getSeconds())}.${pad(at.getMilliseconds(), 3)}`,
	};
}
