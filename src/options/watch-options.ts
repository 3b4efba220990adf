import {type EventChoice, eventTopics} from '../diff/event-filter.js';
import {UsageError} from '../model/errors.js';
import type {Family} from '../model/link.js';
import {type LogLevel, logLevels} from '../model/log.js';
import type {OnChange} from '../model/rules.js';
import type {Profile} from '../runtime/payload.js';
import {parseDuration} from '../text/duration.js';
import {type JournalChoice, journalChoice} from './journal-choice.js';
import {type GivenOptions, type Option, variableOf, watchOptions} from './option-table.js';

export interface NamespaceOptions {
	readonly netns: string | undefined;
	readonly families: readonly Family[];
	readonly ip: string;
}

/** The options of a watch, checked. Times are in milliseconds. */
export interface WatchOptions extends NamespaceOptions {
	/** Given together with `runtime`, or not at all: without them nothing is called. */
	readonly sandbox: string | undefined;
	readonly runtime: string | undefined;
	readonly intervalMs: number;
	readonly onChange: OnChange;
	readonly addressWaitMs: number;
	readonly profile: Profile;
	readonly stateDir: string;
	readonly runtimeTimeoutMs: number;
	/** undefined: write nothing to stdout. */
	readonly output: 'human' | 'ndjson' | undefined;
	/** Whether to wait for the namespace's name again when it is gone. */
	readonly follow: boolean;
	readonly record: string | undefined;
	readonly journal: JournalChoice | undefined;
	readonly dryRun: boolean;
	/** Which events count. */
	readonly choice: EventChoice;
	readonly color: 'auto' | 'always' | 'never';
	readonly timestamps: 'time' | 'full';
	readonly logLevel: LogLevel;
	readonly logFormat: 'json' | 'human' | undefined;
	readonly metrics: string | undefined;
}

const shortestInterval = 100;

/** Checks the options. An option that is not given comes from the environment, or else from the defaults. */
export function checkWatchOptions(given: GivenOptions, environment: Readonly<Record<string, string | undefined>>): WatchOptions {
	const values = new OptionValues(watchOptions, given, environment);
	const intervalMs = values.duration('interval');
	const journal = values.text('journal');
	const hasConsumer = values.text('runtime') !== undefined || values.switch('dry-run');
	// As the original, which looks at IPv4 only.
	const namespace = namespaceValues(values, hasConsumer ? 'inet' : 'all');
	if (intervalMs < shortestInterval) {
		throw new UsageError(
			`${values.where('interval')} is less than ${shortestInterval}ms`,
			'Changes are seen by their events, at once. The interval is only for changes that no event has announced.',
		);
	}
	return {
		...namespace,
		sandbox: values.text('sandbox'),
		runtime: values.text('runtime'),
		choice: eventChoice(values),
		color: values.choice('color', ['auto', 'always', 'never']),
		timestamps: values.choice('timestamps', ['time', 'full']),
		intervalMs,
		onChange: values.choice('on-change', ['ignore', 'first-address', 'replace']),
		addressWaitMs: values.duration('address-wait'),
		profile: values.choice('profile', ['kata-1.13', 'kata-1.5']),
		stateDir: values.required('state-dir'),
		runtimeTimeoutMs: values.duration('runtime-timeout'),
		output: values.switch('json') ? 'ndjson' : values.choice('output', ['human', 'ndjson']),
		follow: values.switch('follow'),
		record: values.text('record'),
		journal: journal === undefined ? undefined : journalChoice(journal, values.required('journal-size'), values.duration('journal-age')),
		dryRun: values.switch('dry-run'),
		logLevel: values.choice('log-level', logLevels),
		logFormat: values.text('log-format') === undefined ? undefined : values.choice('log-format', ['json', 'human']),
		metrics: values.text('metrics'),
	};
}

const familiesOf: Readonly<Record<'inet' | 'inet6' | 'all', readonly Family[]>> = {
	inet: ['inet'],
	inet6: ['inet6'],
	all: ['inet', 'inet6'],
};

/** The filters of docs/events.md. */
export function eventChoice(values: OptionValues): EventChoice {
	const only = values.list('only').map((topic) => {
		const found = eventTopics.find((known) => known === topic);
		if (found === undefined)
			throw new UsageError(`${values.where('only')} cannot be "${topic}"`, `It is one of ${eventTopics.join(', ')}.`);
		return found;
	});
	const dev = values.list('dev');
	return {...(only.length === 0 ? {} : {only}), ...(dev.length === 0 ? {} : {dev})};
}

/** @param family where none is given */
export function namespaceValues(values: OptionValues, family: 'inet' | 'all'): NamespaceOptions {
	const netns = values.text('netns');
	if (netns === '') throw new UsageError(`${values.where('netns')} is empty`, 'Name a namespace, or leave the option out.');
	return {
		netns,
		families: familyValues(values, family),
		ip: values.required('ip'),
	};
}

/** @param family where none is given */
export function familyValues(values: OptionValues, family: 'inet' | 'all'): readonly Family[] {
	return familiesOf[values.text('family') === undefined ? family : values.choice('family', ['inet', 'inet6', 'all'])];
}

/** Values of options by name: from the command line, from `NETMON_…`, or the default. An empty variable counts as unset. */
export class OptionValues {
	readonly #table: Readonly<Record<string, Option>>;
	readonly #given: GivenOptions;
	readonly #environment: Readonly<Record<string, string | undefined>>;

	constructor(table: Readonly<Record<string, Option>>, given: GivenOptions, environment: Readonly<Record<string, string | undefined>>) {
		this.#table = table;
		this.#given = given;
		this.#environment = environment;
	}

	text(name: string): string | undefined {
		const given = this.#given[name];
		if (typeof given === 'string') return given;
		const variable = this.#environment[variableOf(name)];
		return variable === undefined || variable === '' ? this.#table[name]?.default : variable;
	}

	required(name: string): string {
		const text = this.text(name);
		if (text === undefined || text === '')
			throw new UsageError(`${this.where(name)} is empty`, 'Give it a value, or leave the option out.');
		return text;
	}

	/** Values that were repeated, or separated by commas. */
	list(name: string): readonly string[] {
		const given = this.#given[name];
		const texts = Array.isArray(given) ? given : [this.text(name) ?? ''];
		return texts.flatMap((text) => text.split(',')).filter((text) => text !== '');
	}

	switch(name: string): boolean {
		const given = this.#given[name];
		if (typeof given === 'boolean') return given;
		const variable = this.#environment[variableOf(name)] ?? '';
		return !['', '0', 'false', 'no'].includes(variable.toLowerCase());
	}

	duration(name: string): number {
		const text = this.required(name);
		const ms = parseDuration(text);
		if (ms === undefined) {
			throw new UsageError(`${this.where(name)} is not a time: "${text}"`, 'Write it as 250ms, 2s or 5m.');
		}
		return ms;
	}

	choice<const Choices extends readonly string[]>(name: string, choices: Choices): Choices[number] {
		const text = this.required(name);
		const found = choices.find((choice) => choice === text);
		if (found === undefined) throw new UsageError(`${this.where(name)} cannot be "${text}"`, `Use one of ${choices.join(', ')}.`);
		return found;
	}

	/** Where the user has set it: the option or the variable, for messages. */
	where(name: string): string {
		return this.#given[name] === undefined && this.#environment[variableOf(name)] ? variableOf(name) : `--${name}`;
	}
}
