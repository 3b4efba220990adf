import {type EventChoice, eventTopics} from '../diff/event-filter.js';
import {UsageError} from '../model/errors.js';
import type {Family} from '../model/link.js';
import {type LogLevel, logLevels} from '../model/log.js';
import type {OnChange} from '../model/rules.js';
import type {Profile} from '../runtime/payload.js';
import {type HookOptions, hookValues} from './hook-options.js';
import {type JournalChoice, journalChoice} from './journal-choice.js';
import {type GivenOptions, watchOptions} from './option-table.js';
import {type Environment, OptionValues} from './option-values.js';
import {checkSeveral, type SeveralNamespaces} from './several-namespaces.js';

export interface NamespaceOptions {
	readonly netns: string | undefined;
	readonly families: readonly Family[];
	readonly ip: string;
}

/** Where everything that an engine gets is written, and how much of it is kept. */
export interface RecordChoice {
	readonly path: string;
	readonly sizeBytes: number;
}

/** The options of a watch, checked. Times are in milliseconds. */
export interface WatchOptions extends NamespaceOptions {
	/** Set together with `runtime`, or not at all: then nothing is called. */
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
	/** Whether to wait for the namespace's name when it is gone. */
	readonly follow: boolean;
	readonly record: RecordChoice | undefined;
	readonly journal: JournalChoice | undefined;
	readonly dryRun: boolean;
	/** Which events count. */
	readonly choice: EventChoice;
	/** The routing table whose routes are read: a name or number, or `all`. */
	readonly table: string;
	readonly color: 'auto' | 'always' | 'never';
	readonly timestamps: 'time' | 'full';
	readonly logLevel: LogLevel;
	readonly logFormat: 'json' | 'human' | undefined;
	readonly syslog: boolean;
	readonly metrics: string | undefined;
	/** A program to run for each change. */
	readonly hook: HookOptions | undefined;
	/** Set if several namespaces may be watched; `netns` and `sandbox` are then undefined. */
	readonly several: SeveralNamespaces | undefined;
	/** How many runtime calls may run at once; undefined: as many as there are processors. */
	readonly jobs: number | undefined;
}

const shortestInterval = 100;

/**
 * Checks the options. An option that is not given is taken from the environment, or else from the defaults.
 *
 * @param program the words after `--`
 */
export function checkWatchOptions(given: GivenOptions, environment: Environment, program?: readonly string[]): WatchOptions {
	const values = new OptionValues(watchOptions, given, environment);
	const intervalMs = intervalValue(values);
	const journal = values.text('journal');
	const record = values.text('record');
	if (journal === undefined) refuseAlone(given, ['journal-size', 'journal-age'], 'a journal', 'its directory with --journal DIR');
	if (record === undefined) refuseAlone(given, ['record-size'], 'a recording', 'its file with --record FILE');
	const hasConsumer = values.text('runtime') !== undefined || values.switch('dry-run');
	const hook = hookValues(values, given, program);
	// The original looks at IPv4 only.
	const namespace = {families: familyValues(values, hasConsumer ? 'inet' : 'all'), ip: values.required('ip')};
	const {netns, sandbox, several} = checkSeveral(values);
	return {
		...namespace,
		netns,
		sandbox,
		several,
		jobs: values.count('jobs'),
		runtime: values.text('runtime'),
		choice: eventChoice(values),
		table: tableValue(values, hasConsumer),
		color: values.choice('color', ['auto', 'always', 'never']),
		timestamps: values.choice('timestamps', ['time', 'full']),
		intervalMs,
		onChange: values.choice('on-change', ['ignore', 'first-address', 'replace']),
		addressWaitMs: values.duration('address-wait'),
		profile: values.choice('profile', ['kata-1.13', 'kata-1.5']),
		stateDir: values.required('state-dir'),
		runtimeTimeoutMs: values.timeLimit('runtime-timeout'),
		// A program has its own output, so the observer's lines come only on request.
		output: hook !== undefined && !values.isSet('json') && !values.isSet('output') ? undefined : outputForm(values, given),
		follow: values.switch('follow'),
		record:
			record === undefined
				? undefined
				: {path: record, sizeBytes: values.size('record-size', 'Each of its files begins with the whole picture.')},
		journal: journal === undefined ? undefined : journalChoice(journal, values),
		dryRun: values.switch('dry-run'),
		logLevel: values.choice('log-level', logLevels),
		logFormat: values.text('log-format') === undefined ? undefined : values.choice('log-format', ['json', 'human']),
		syslog: values.switch('syslog'),
		metrics: values.text('metrics'),
		hook,
	};
}

/** Refuses options that mean nothing without another one. Their variables may be set without it. */
function refuseAlone(given: GivenOptions, names: readonly string[], what: string, how: string): void {
	const needy = names.find((name) => given[name] !== undefined);
	if (needy !== undefined) throw new UsageError(`--${needy} is for ${what}, and none is named`, `Name ${how}.`);
}

/** The interval of the poll. */
export function intervalValue(values: OptionValues): number {
	const intervalMs = values.duration('interval');
	if (intervalMs < shortestInterval) {
		throw new UsageError(
			`${values.where('interval')} is less than ${shortestInterval}ms`,
			'Changes are seen by their events, at once. The interval is only for changes that no event has announced.',
		);
	}
	return intervalMs;
}

/** `--json` is short for `--output ndjson`. What is on the command line counts before what is in the environment. */
export function outputForm(values: OptionValues, given: GivenOptions): 'human' | 'ndjson' {
	const form = values.choice('output', ['human', 'ndjson']);
	if (given['json'] === true && given['output'] === 'human')
		throw new UsageError('--json and --output human cannot be used together', 'Use one of them.');
	return values.switch('json') && given['output'] === undefined ? 'ndjson' : form;
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
		if (found === undefined) throw new UsageError(`${values.where('only')} cannot be "${topic}"`, `Use one of ${eventTopics.join(', ')}.`);
		return found;
	});
	const dev = values.list('dev');
	return {...(only.length === 0 ? {} : {only}), ...(dev.length === 0 ? {} : {dev})};
}

/** @param forRuntime whether the payloads are for a runtime, which has no other table */
export function tableValue(values: OptionValues, forRuntime: boolean): string {
	const table = values.required('table');
	if (!forRuntime || table === 'main' || table === '254') return table;
	throw new UsageError(
		`${values.where('table')} is not for a runtime, which has a main table only`,
		'Leave the option out, or observe without a runtime.',
	);
}

/** @param family the default */
export function namespaceValues(values: OptionValues, family: 'inet' | 'all'): NamespaceOptions {
	return {
		netns: values.text('netns'),
		families: familyValues(values, family),
		ip: values.required('ip'),
	};
}

/** @param family the default */
export function familyValues(values: OptionValues, family: 'inet' | 'all'): readonly Family[] {
	return familiesOf[values.text('family') === undefined ? family : values.choice('family', ['inet', 'inet6', 'all'])];
}
