import type {CallReport} from '../model/call.js';
import type {Change} from '../model/change.js';

/** One JSON object per change or call, in one line. Times are ISO 8601, in UTC. */
export function ndjsonLine(item: Change | CallReport, now: Date): string {
	const time = now.toISOString();
	if (item.type !== 'call') {
		const {type, action, ...facts} = item;
		return `${JSON.stringify({time, event: `${type}-${action}`, ...facts})}\n`;
	}
	const {type, payload, ...facts} = item;
	return `${JSON.stringify({time, event: type, ...facts, payload: JSON.parse(payload)})}\n`;
}

/** Says that lines are missing before this one. */
export function ndjsonDropped(count: number): string {
	return `${JSON.stringify({time: new Date().toISOString(), event: 'dropped', lines: count})}\n`;
}
