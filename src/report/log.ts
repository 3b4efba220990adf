import {type Logger, pino} from 'pino';
import type {LogLevel} from '../options/watch-options.js';
import {visibleText} from '../text/byte-text.js';
import type {Output} from './output.js';

/**
 * The one logger, made at the edge and handed on. JSON lines with a constant message and facts in
 * fields; readable lines where `human`.
 */
export function makeLog(level: LogLevel, format: 'json' | 'human', output: Output, fields: object): Logger {
	const destination = {write: (line: string) => output.write(format === 'human' ? humanLine(line) : line)};
	return pino(
		{
			// The original knows "panic" beside "fatal"; pino has the latter only.
			level: level === 'panic' ? 'fatal' : level,
			base: {name: 'netmon', pid: process.pid, ...fields},
			timestamp: pino.stdTimeFunctions.isoTime,
			formatters: {level: (label) => ({level: label})},
		},
		destination,
	);
}

function humanLine(json: string): string {
	const {level, time, msg, name: _name, pid: _pid, sandbox: _sandbox, ...facts}: Record<string, unknown> = JSON.parse(json);
	const clock = typeof time === 'string' ? time.slice(11, 23) : '';
	const shown = Object.entries(facts).map(([key, value]) => `${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`);
	return `${visibleText(`${clock} ${level}: ${msg}${shown.length > 0 ? '  ' : ''}${shown.join(' ')}`)}\n`;
}
