import type {CallReport} from '../model/call.js';
import type {CallBody} from '../model/event.js';

/** A call that has ended, as an event. */
export function callBody(report: CallReport, dryRun: boolean): CallBody {
	const {op, ok, attempt, durationMs, payload, ifindex, ifname, reason, stderr, retryInMs} = report;
	return {
		event: 'call',
		op,
		ok,
		attempt,
		duration_ms: durationMs,
		...(ifindex === undefined ? {} : {ifindex}),
		...(ifname === undefined ? {} : {ifname}),
		payload: JSON.parse(payload),
		...(reason === undefined ? {} : {reason}),
		...(stderr === undefined ? {} : {stderr}),
		...(retryInMs === undefined ? {} : {retry_in_ms: retryInMs}),
		...(dryRun ? {dry_run: true} : {}),
	};
}
