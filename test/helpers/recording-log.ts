import type {Log} from '../../src/model/log.js';

export interface LogLine {
	readonly level: keyof Log;
	readonly message: string;
	readonly fields: object;
}

/** A log that keeps its lines. */
export class RecordingLog implements Log {
	readonly lines: LogLine[] = [];

	get messages(): string[] {
		return this.lines.map(({message}) => message);
	}

	debug(fields: object, message: string): void {
		this.lines.push({level: 'debug', message, fields});
	}

	info(fields: object, message: string): void {
		this.lines.push({level: 'info', message, fields});
	}

	warn(fields: object, message: string): void {
		this.lines.push({level: 'warn', message, fields});
	}

	error(fields: object, message: string): void {
		this.lines.push({level: 'error', message, fields});
	}
}
