import {parseDuration} from './duration.js';

const clockForm = /^(\d{1,2}):(\d\d)(?::(\d\d)(?:\.(\d{1,3}))?)?$/;
const dateForm = /^\d{4}-\d\d-\d\d$/;
const fullForm = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?(?:Z|[+-]\d\d:?\d\d)?$/;

/**
 * Parses a moment: `-5m` (ago), `12:03` (the last time that local clocks showed it), `2026-11-26`, `2026-11-26T12:03:04.123`. It is local
 * time unless `Z` or an offset such as `+01:00` follows. Undefined if it is none of these.
 */
export function parseMoment(text: string, now: Date): Date | undefined {
	if (text === 'now') return now;
	if (text.startsWith('-')) {
		const ago = parseDuration(text.slice(1));
		return ago === undefined ? undefined : valid(new Date(now.getTime() - ago));
	}
	const clock = clockForm.exec(text);
	if (clock !== null) return lastTime(clock, now);
	if (!isDay(text.slice(0, 10))) return undefined;
	// A date alone would be read as UTC (ECMA-262, "Date Time String Format").
	if (dateForm.test(text)) return valid(new Date(`${text}T00:00`));
	return fullForm.test(text) ? valid(new Date(text.replace(' ', 'T'))) : undefined;
}

/** The next time that clocks show it, if the text is a time of the clock alone. */
export function nextTime(text: string, last: Date): Date | undefined {
	if (!clockForm.test(text)) return undefined;
	const next = new Date(last);
	next.setDate(next.getDate() + 1);
	return next;
}

function lastTime([, hour, minute, second = '0', fraction = '0']: readonly string[], now: Date): Date | undefined {
	const [hours, minutes, seconds] = [Number(hour), Number(minute), Number(second)];
	if (hours > 23 || minutes > 59 || seconds > 59) return undefined;
	for (const daysAgo of [0, 1, 2]) {
		const at = new Date(now);
		at.setDate(at.getDate() - daysAgo);
		at.setHours(hours, minutes, seconds, Number(fraction.padEnd(3, '0')));
		// Clocks that were set forward an hour have not shown it that day. JavaScript takes an hour later.
		if (at > now || at.getHours() !== hours) continue;
		// Clocks that were set back an hour have shown it twice. JavaScript takes the first time (ECMA-262, UTC).
		const again = new Date(at.getTime() + 3_600_000);
		return again <= now && again.getHours() === hours ? again : at;
	}
	return undefined;
}

/** Not the 30th of February, which JavaScript takes for a day in March. */
function isDay(date: string): boolean {
	const [year = 0, month = 0, day = 0] = date.split('-').map(Number);
	return new Date(Date.UTC(year, month - 1, day)).getUTCDate() === day;
}

function valid(date: Date): Date | undefined {
	return Number.isNaN(date.getTime()) ? undefined : date;
}
