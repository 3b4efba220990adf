import type {NamespaceChoice} from '../host/found-namespace.js';
import {UsageError} from '../model/errors.js';
import type {Profile} from '../runtime/payload.js';
import {type GivenOptions, snapshotOptions} from './option-table.js';
import {type Environment, OptionValues} from './option-values.js';
import {chooseNamespaces} from './several-namespaces.js';
import {familyValues, type NamespaceOptions, tableValue} from './watch-options.js';

export type SnapshotForm = 'table' | 'json' | 'payload' | 'dot' | 'mermaid';

/** The options of a snapshot, checked. */
export interface SnapshotOptions extends NamespaceOptions {
	readonly form: SnapshotForm;
	readonly profile: Profile;
	/** A name or number, or `all`. */
	readonly table: string;
	/** Set if several namespaces may be meant; `netns` is then undefined. */
	readonly several: NamespaceChoice | undefined;
}

export function checkSnapshotOptions(given: GivenOptions, environment: Environment): SnapshotOptions {
	const values = new OptionValues(snapshotOptions, given, environment);
	const form = formOf(values, given);
	const {names, choice} = chooseNamespaces(values);
	if (choice !== undefined && form === 'payload')
		throw new UsageError('--payload cannot be used with several namespaces', 'A runtime is sent those of one: name it with --netns.');
	return {
		netns: choice === undefined ? names[0] : undefined,
		several: choice,
		families: familyValues(values, form === 'payload' ? 'inet' : 'all'),
		ip: values.required('ip'),
		form,
		profile: values.choice('profile', ['kata-1.13', 'kata-1.5']),
		table: tableValue(values, form === 'payload'),
	};
}

const forms = ['json', 'payload', 'graph'] as const;

function formOf(values: OptionValues, given: GivenOptions): SnapshotForm {
	const onCommandLine = forms.filter((name) => given[name] !== undefined && given[name] !== false);
	// An option on the command line overrides the environment variables of the others.
	const chosen = onCommandLine.length > 0 ? onCommandLine : forms.filter((name) => isOn(values, name));
	const [form, other] = chosen;
	if (other !== undefined) throw new UsageError(`--${form} and --${other} cannot be used together`, 'Use one of them.');
	if (form === undefined) return 'table';
	return form === 'graph' ? values.choice('graph', ['dot', 'mermaid']) : form;
}

function isOn(values: OptionValues, name: (typeof forms)[number]): boolean {
	return name === 'graph' ? values.isSet(name) : values.switch(name);
}
