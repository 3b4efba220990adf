import {UsageError} from '../model/errors.js';
import {parseMoment} from '../text/moment.js';
import {defaultJournal} from './journal-directory.js';
import {diffOptions, type GivenOptions} from './option-table.js';
import {type Environment, OptionValues} from './option-values.js';
import {type NamespaceOptions, namespaceValues} from './watch-options.js';

/** What one side of a comparison is. */
export type SideChoice =
	| {readonly kind: 'file'; readonly path: string}
	| {readonly kind: 'namespace'; readonly netns: string | undefined}
	| {readonly kind: 'moment'; readonly at: Date; readonly given: string};

/** The options of `netmon diff`, checked. */
export interface DiffOptions extends NamespaceOptions {
	readonly sides: readonly [SideChoice, SideChoice];
	/** B was left out: compare with the same namespace now. */
	readonly againstNow: boolean;
	readonly exact: boolean;
	readonly journal: string;
	readonly json: boolean;
	readonly color: 'auto' | 'always' | 'never';
}

export function checkDiffOptions(
	names: readonly (string | undefined)[],
	given: GivenOptions,
	environment: Environment,
	now: Date,
): DiffOptions {
	const values = new OptionValues(diffOptions, given, environment);
	const namespace = namespaceValues(values, 'all');
	const [a, b] = names;
	if (a === undefined) throw new UsageError('diff needs something to compare', 'Name a file, netns:NAME, pid:PID or @TIME.');
	return {
		...namespace,
		sides: [sideOf(a, now), b === undefined ? {kind: 'namespace', netns: namespace.netns} : sideOf(b, now)],
		againstNow: b === undefined,
		exact: values.switch('exact'),
		journal: values.text('journal') ?? defaultJournal(environment),
		json: values.switch('json'),
		color: values.choice('color', ['auto', 'always', 'never']),
	};
}

function sideOf(given: string, now: Date): SideChoice {
	const [, form, name = ''] = /^(netns|pid):(.*)$/s.exec(given) ?? [];
	if (form === 'pid' && !/^\d+$/.test(name)) throw new UsageError(`"${given}" names no process`, 'Write it as pid:4711.');
	if (form === 'netns' && name === '') throw new UsageError(`"${given}" names no namespace`, 'Write it as netns:web.');
	if (form !== undefined) return {kind: 'namespace', netns: form === 'pid' ? `/proc/${name}/ns/net` : name};
	if (!given.startsWith('@')) return {kind: 'file', path: given};
	const at = parseMoment(given.slice(1), now);
	if (at === undefined) throw new UsageError(`"${given}" is no time`, 'Write it as @12:03, @2026-11-26T12:03 or @-5m (five minutes ago).');
	return {kind: 'moment', at, given};
}
