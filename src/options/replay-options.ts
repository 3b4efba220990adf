import {UsageError} from '../model/errors.js';
import {type GivenOptions, replayOptions} from './option-table.js';
import {OptionValues} from './option-values.js';

/** The options of `netmon replay`, checked. */
export interface ReplayOptions {
	readonly file: string;
	readonly json: boolean;
	/** Whether what came from outside is shown, each before what it led to. */
	readonly step: boolean;
	readonly color: 'auto' | 'always' | 'never';
}

export function checkReplayOptions(
	file: string,
	given: GivenOptions,
	environment: Readonly<Record<string, string | undefined>>,
): ReplayOptions {
	const values = new OptionValues(replayOptions, given, environment);
	const [json, step] = [values.switch('json'), values.switch('step')];
	if (json && step) throw new UsageError('--json and --step cannot be used together', 'Use one of them.');
	return {file, json, step, color: values.choice('color', ['auto', 'always', 'never'])};
}
