import {type GivenOptions, replayOptions} from './option-table.js';
import {OptionValues} from './option-values.js';

/** The options of `netmon replay`, checked. */
export interface ReplayOptions {
	readonly file: string;
	readonly json: boolean;
	/** Whether to show each input before what it led to. */
	readonly step: boolean;
	readonly color: 'auto' | 'always' | 'never';
}

export function checkReplayOptions(
	file: string,
	given: GivenOptions,
	environment: Readonly<Record<string, string | undefined>>,
): ReplayOptions {
	const values = new OptionValues(replayOptions, given, environment);
	return {file, json: values.switch('json'), step: values.switch('step'), color: values.choice('color', ['auto', 'always', 'never'])};
}
