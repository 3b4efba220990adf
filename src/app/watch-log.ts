import {messageOf} from '../model/errors.js';
import type {WatchOptions} from '../options/watch-options.js';
import {findProgram} from '../process/find-program.js';
import {Lacks} from '../process/lacks.js';
import {Mortality} from '../process/mortal.js';
import {isTerminal, openStandard} from '../report/descriptor.js';
import {isJournal, priority} from '../report/journal-stream.js';
import {DaemonLog, droppedLines} from '../report/log.js';
import {Output} from '../report/output.js';
import {stderrLog} from '../report/stderr-log.js';
import {hasSyslog, Syslog, type SyslogNames} from '../report/syslog.js';
import {visibleText} from '../text/byte-text.js';
import {systemClock} from '../time/clock.js';

/** The log of a watch: on stderr, and in the system's log where that is asked for. */
export interface WatchLog {
	readonly log: DaemonLog;
	readonly lacks: Lacks;
	/** stderr, for lines that are not netmon's own. */
	readonly errors: Output;
	/** Loads and opens what the first line needs, and says what is lacking. Call it when there is time. */
	prepare(): void;
	/** Writes to the system's log why netmon ends; stderr gets that elsewhere. */
	ends(error: unknown): void;
	flush(limitMs: number): Promise<void>;
}

export function openWatchLog(options: WatchOptions, fields: object, names: SyslogNames): WatchLog {
	const form = {format: options.logFormat ?? (isTerminal(2) ? 'human' : 'json'), fields} as const;
	const mark = isJournal(2, process.env) ? `<${priority.warning}>` : '';
	const dropped = droppedLines(form);
	const errors = new Output(openStandard(2), {dropped: (count) => `${mark}${dropped(count)}`});
	const stderr = stderrLog(errors);
	const log = new DaemonLog({
		...form,
		level: options.logLevel,
		output: {
			write(line, linePriority) {
				stderr.write(line, linePriority);
				syslog()?.write(line, linePriority);
			},
		},
	});
	const lacks = new Lacks(log);
	// The journal would have each line twice: it takes what is written to syslog too.
	let wanted = options.syslog && !isJournal(2, process.env);
	let opened: Syslog | undefined;
	const syslog = () => {
		if (wanted) {
			// First, since opening it may log something.
			wanted = false;
			opened = openSyslog(log, lacks, names);
		}
		return opened;
	};
	return {
		log,
		lacks,
		errors,
		prepare() {
			// Load it now: an upgrade may replace its files later.
			void log.load();
			syslog();
		},
		ends: (error) => syslog()?.write(`${visibleText(messageOf(error))}\n`, priority.error),
		async flush(limitMs) {
			await log.load();
			await Promise.all([errors.flush(limitMs), opened?.close(limitMs)]);
		},
	};
}

function openSyslog(log: DaemonLog, lacks: Lacks, names: SyslogNames): Syslog | undefined {
	const searchPath = process.env['PATH'] ?? '';
	const logger = findProgram('logger', searchPath);
	const lacking = logger === undefined ? 'logger was not found' : hasSyslog() ? undefined : 'there is no /dev/log';
	if (logger === undefined || lacking !== undefined) {
		log.warn({reason: lacking}, 'the log cannot be written to syslog');
		return undefined;
	}
	let said = false;
	return new Syslog(logger, new Mortality(searchPath, lacks), names, systemClock, (reason) => {
		if (!said) log.warn({reason}, 'the log cannot be written to syslog');
		said = true;
	});
}
