import {UsageError} from '../model/errors.js';
import type {Profile} from '../runtime/payload.js';
import {type GivenOptions, snapshotOptions} from './option-table.js';
import {OptionValues} from './option-values.js';
import {type NamespaceOptions, namespaceValues, tableValue} from './watch-options.js';

/** The options of a snapshot, checked. */
export interface SnapshotOptions extends NamespaceOptions {
	readonly form: 'table' | 'json' | 'payload';
	readonly profile: Profile;
	/** A name or number, or `all`. */
	readonly table: string;
}

export function checkSnapshotOptions(given: GivenOptions, environment: Readonly<Record<string, string | undefined>>): SnapshotOptions {
	const values = new OptionValues(snapshotOptions, given, environment);
	// An option on the command line overrides the environment variable of the other one.
	const json = given['json'] === true || (given['payload'] !== true && values.switch('json'));
	const payload = given['payload'] === true || (given['json'] !== true && values.switch('payload'));
	if (json && payload) throw new UsageError('--json and --payload cannot be used together', 'Use one of them.');
	return {
		...namespaceValues(values, payload ? 'inet' : 'all'),
		form: json ? 'json' : payload ? 'payload' : 'table',
		profile: values.choice('profile', ['kata-1.13', 'kata-1.5']),
		table: tableValue(values, payload),
	};
}
