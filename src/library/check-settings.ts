import {eventTopics} from '../diff/event-filter.js';
import {isObject} from '../json/fields.js';

interface Check {
	readonly expected: string;
	readonly fits: (value: unknown) => boolean;
}

const text: Check = {expected: 'a string', fits: (value) => typeof value === 'string' && value !== ''};
const numberFrom = (least: number): Check => ({
	expected: `a number from ${least} on`,
	fits: (value) => typeof value === 'number' && value >= least,
});
const listOf = (expected: string, fits: (value: unknown) => boolean): Check => ({
	expected: `an array of ${expected}`,
	fits: (value) => Array.isArray(value) && value.every(fits),
});
const listFrom = (words: readonly string[]): Check => listOf(words.join(', '), (value) => words.some((word) => word === value));
const has = (value: unknown, methods: readonly string[]): boolean =>
	typeof value === 'object' && value !== null && methods.every((method) => typeof Reflect.get(value, method) === 'function');

const common = {netns: text, families: listFrom(['inet', 'inet6']), table: text, ip: text};

/** The settings of each function of the library. Programs in JavaScript have no compiler that would find a mistake in them. */
const checks: Readonly<Record<'watch' | 'snapshot', Readonly<Record<string, Check>>>> = {
	snapshot: common,
	watch: {
		...common,
		only: listFrom(eventTopics),
		dev: listOf('strings', text.fits),
		pollIntervalMs: numberFrom(100),
		mostWaiting: numberFrom(1),
		signal: {expected: 'an AbortSignal', fits: (value) => has(value, ['addEventListener'])},
		log: {
			expected: 'an object with the methods debug, info, warn and error',
			fits: (value) => has(value, ['debug', 'info', 'warn', 'error']),
		},
	},
};

/** Throws a TypeError that names the setting, what it must be, and what it is. */
export function checkSettings(name: 'watch' | 'snapshot', settings: unknown): void {
	if (!isObject(settings)) throw new TypeError(`${name}() takes an object of settings, such as {netns: 'web'}, not ${shown(settings)}`);
	for (const [key, value] of Object.entries(settings)) {
		const check = Object.hasOwn(checks[name], key) ? checks[name][key] : undefined;
		if (check === undefined) throw new TypeError(`${name}() has no setting "${key}". It has ${Object.keys(checks[name]).join(', ')}`);
		if (value !== undefined && !check.fits(value))
			throw new TypeError(`the setting ${key} of ${name}() must be ${check.expected}, not ${shown(value)}`);
	}
}

function shown(value: unknown): string {
	if (typeof value === 'number') return String(value);
	return typeof value === 'string' || Array.isArray(value)
		? JSON.stringify(value)
		: value === null
			? 'null'
			: `a value of type ${typeof value}`;
}
