import {type LogLevel, logLevels} from '../model/log.js';

/** The original's command line, read as Go's flag package reads it (flag.go, parseOne). */
export interface GoFlags {
	readonly sandbox: string;
	readonly runtime: string;
	readonly debug: boolean;
	readonly log: string;
	readonly version: boolean;
	readonly help: boolean;
}

/** A mistake in the command line, in the words of Go's flag package. */
export class GoFlagError extends Error {
	override readonly name = 'GoFlagError';
}

const texts: Readonly<Record<string, 'sandbox' | 'runtime' | 'log'>> = {s: 'sandbox', r: 'runtime', log: 'log'};
const switches: Readonly<Record<string, 'debug' | 'version' | 'help'>> = {
	d: 'debug',
	v: 'version',
	version: 'version',
	h: 'help',
	help: 'help',
};

/** strconv.ParseBool. */
const booleans: Readonly<Record<string, boolean>> = {
	'1': true,
	t: true,
	T: true,
	TRUE: true,
	true: true,
	True: true,
	'0': false,
	f: false,
	F: false,
	FALSE: false,
	false: false,
	False: false,
};

/** Reads `-s ID`, `--s ID`, `-s=ID` and so on. Stops at `--` or at the first word that is not a flag. Throws a GoFlagError. */
export function parseGoFlags(args: readonly string[]): GoFlags {
	const flags = {sandbox: '', runtime: '', debug: false, log: 'warn', version: false, help: false};
	for (let at = 0; at < args.length; at += 1) {
		const word = args[at] ?? '';
		if (word === '--' || word.length < 2 || !word.startsWith('-')) break;
		const bare = word.replace(/^--?/, '');
		if (bare === '' || bare.startsWith('-') || bare.startsWith('=')) throw new GoFlagError(`bad flag syntax: ${word}`);
		const equals = bare.indexOf('=');
		const name = equals < 0 ? bare : bare.slice(0, equals);
		const value = equals < 0 ? undefined : bare.slice(equals + 1);
		const text = Object.hasOwn(texts, name) ? texts[name] : undefined;
		const toggle = Object.hasOwn(switches, name) ? switches[name] : undefined;
		if (toggle !== undefined) {
			const on = value === undefined ? true : Object.hasOwn(booleans, value) ? booleans[value] : undefined;
			if (on === undefined) throw new GoFlagError(`invalid boolean value ${JSON.stringify(value)} for -${name}: parse error`);
			flags[toggle] = on;
		} else if (text !== undefined) {
			const given = value ?? args[++at];
			if (given === undefined) throw new GoFlagError(`flag needs an argument: -${name}`);
			flags[text] = given;
		} else {
			throw new GoFlagError(`flag provided but not defined: -${name}`);
		}
	}
	return flags;
}

/** Reads the name of a log level as the original's logrus does: in upper or lower case. */
export function parseLogLevel(text: string): LogLevel | undefined {
	const level = text.toLowerCase() === 'warning' ? 'warn' : text.toLowerCase();
	return logLevels.find((known) => known === level);
}

/** What Go's PrintDefaults prints for the original's flags. */
export const goDefaults = `  -d	enable debug mode
  -h	describe component usage
  -help
    	
  -log string
    	log messages above specified level: debug, warn, error, fatal or panic (default "warn")
  -r string
    	runtime path (required)
  -s string
    	sandbox id (required)
  -v	display program version and exit
  -version
    	
`;
