import type {Log} from '../model/log.js';
import {findProgram} from '../process/find-program.js';
import type {Lacks} from '../process/lacks.js';
import {Mortality} from '../process/mortal.js';
import {statusWords, type WatchStatus} from '../report/status-words.js';
import {Notifier} from '../service/notifier.js';
import type {ServiceRequest} from '../service/service-request.js';
import {systemdNotify} from '../service/systemd-notify.js';
import {systemClock} from '../time/clock.js';

/** How often to check the status if there is no watchdog. */
const statusMs = 30_000;

/** Reports a watch to the service manager (docs/systemd.md). */
export interface Service {
	/** The namespaces are watched, or waited for. A further call reports a new status without waiting for the next ping. */
	ready(): void;
	stopping(): void;
	/** Ends the reports. Resolves when the last one has been sent, or after the limit. */
	flush(limitMs: number): Promise<void>;
}

/** Undefined if nothing can be reported to systemd. */
export function openService(request: ServiceRequest, status: () => WatchStatus, log: Log, lacks: Lacks): Service | undefined {
	const searchPath = process.env['PATH'] ?? '';
	const program = findProgram('systemd-notify', searchPath);
	if (program === undefined) {
		log.warn({reason: 'systemd-notify was not found'}, 'systemd cannot be told how netmon is');
		return undefined;
	}
	const notifier = new Notifier(systemdNotify(program, request.socket, new Mortality(searchPath, lacks)), systemClock, log);
	let told: string | undefined;
	const newStatus = () => {
		const text = statusWords(status());
		const fields = text === told ? {} : {STATUS: text};
		told = text;
		return fields;
	};
	const {watchdogMs} = request;
	// A timer of this event loop: if the loop hangs, no ping is sent.
	const beatMs = watchdogMs === undefined ? statusMs : watchdogMs / 2;
	let isReady = false;
	let isStopping = false;
	const beat = () => {
		cancelBeat = systemClock.after(beatMs, beat);
		notifier.tell({...(isReady && !isStopping ? newStatus() : {}), ...(watchdogMs === undefined ? {} : {WATCHDOG: '1'})});
	};
	let cancelBeat = systemClock.after(beatMs, beat);
	return {
		ready() {
			if (isStopping) return;
			notifier.tell({...(isReady ? {} : {READY: '1'}), ...newStatus()});
			isReady = true;
		},
		stopping() {
			if (isStopping) return;
			isStopping = true;
			notifier.tell({STOPPING: '1', STATUS: 'Stopping'});
		},
		flush(limitMs) {
			cancelBeat();
			return notifier.close(limitMs);
		},
	};
}
