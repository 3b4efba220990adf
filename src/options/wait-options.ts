import {type Condition, parseCondition} from '../diff/conditions.js';
import {UsageError} from '../model/errors.js';
import {type GivenOptions, waitOptions} from './option-table.js';
import {type Environment, OptionValues} from './option-values.js';
import {type NamespaceOptions, namespaceValues} from './watch-options.js';

/** The options of `netmon wait`, checked. Times are in milliseconds. */
export interface WaitOptions extends NamespaceOptions {
	/** At least one. */
	readonly conditions: readonly Condition[];
	readonly follow: boolean;
	/** Undefined: without a limit. */
	readonly timeoutMs: number | undefined;
	readonly settleMs: number;
}

export function checkWaitOptions(given: GivenOptions, environment: Environment, conditions: readonly string[]): WaitOptions {
	const values = new OptionValues(waitOptions, given, environment);
	if (conditions.length === 0) throw new UsageError('no condition is given', forms);
	return {
		...namespaceValues(values, 'all'),
		conditions: conditions.map((text) => {
			const condition = parseCondition(text);
			if (condition === undefined) throw new UsageError(`"${text}" is not a condition`, forms);
			return condition;
		}),
		follow: values.switch('follow'),
		timeoutMs: values.text('timeout') === undefined ? undefined : values.duration('timeout'),
		settleMs: values.duration('settle'),
	};
}

const forms =
	'Write link:eth0, up:eth0, gone:eth0, address:eth0, address:eth0=10.0.0.2/24, route:default or route:10.0.0.0/8, with ! before it for "not".';
