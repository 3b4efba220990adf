import {doctorOptions, type GivenOptions} from './option-table.js';
import {type Environment, OptionValues} from './option-values.js';
import {type NamespaceOptions, namespaceValues} from './watch-options.js';

/** The options of `netmon doctor`, checked. */
export interface DoctorOptions extends NamespaceOptions {
	readonly runtime: string | undefined;
	readonly stateDir: string;
	readonly json: boolean;
}

export function checkDoctorOptions(given: GivenOptions, environment: Environment): DoctorOptions {
	const values = new OptionValues(doctorOptions, given, environment);
	return {
		...namespaceValues(values, 'inet'),
		runtime: values.text('runtime'),
		stateDir: values.required('state-dir'),
		json: values.switch('json'),
	};
}
