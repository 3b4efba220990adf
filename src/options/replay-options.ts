import type {Failing} from '../host/recorded-calls.js';
import {UsageError} from '../model/errors.js';
import type {Family} from '../model/link.js';
import type {OnChange} from '../model/rules.js';
import type {Profile} from '../runtime/payload.js';
import {type GivenOptions, replayOptions} from './option-table.js';
import {type Environment, OptionValues} from './option-values.js';
import {familyValues, intervalValue} from './watch-options.js';

/** What should differ from the recording. Undefined: as recorded. */
export interface WhatIf {
	/** The share of the monitor's lines that is left out, from 0 to 1. */
	readonly drop: number | undefined;
	readonly seed: number | undefined;
	readonly failing: readonly Failing[];
	readonly onChange: OnChange | undefined;
	readonly addressWaitMs: number | undefined;
	readonly profile: Profile | undefined;
	readonly families: readonly Family[] | undefined;
	readonly intervalMs: number | undefined;
}

/** The options of `netmon replay`, checked. */
export interface ReplayOptions extends WhatIf {
	readonly files: readonly string[];
	readonly json: boolean;
	/** Whether to show each input before what it led to. */
	readonly step: boolean;
	/** Whether the recording is printed with other names, and not replayed. */
	readonly anonymize: boolean;
	readonly color: 'auto' | 'always' | 'never';
}

const whatIfNames = ['drop', 'seed', 'fail', 'on-change', 'address-wait', 'profile', 'family', 'interval'] as const;

export function checkReplayOptions(files: readonly string[], given: GivenOptions, environment: Environment): ReplayOptions {
	const values = new OptionValues(replayOptions, given, environment);
	const [json, step] = [values.switch('json'), values.switch('step')];
	if (json && step) throw new UsageError('--json and --step cannot be used together', 'Use one of them.');
	if (files.length === 0)
		throw new UsageError('no FILE is named', 'Name files that netmon watch --record has written. See netmon replay --help.');
	const drop = share(values);
	const anonymize = values.switch('anonymize');
	const beside = ['json', 'step', ...whatIfNames].find((name) => given[name] !== undefined);
	if (anonymize && beside !== undefined)
		throw new UsageError(`--anonymize and --${beside} cannot be used together`, 'Replay the anonymized recording with it.');
	if (values.text('seed') !== undefined && drop === undefined)
		throw new UsageError(`${values.where('seed')} is of no use without --drop`, 'Add --drop 10%, or leave it out.');
	return {
		files,
		json,
		step,
		anonymize,
		color: values.choice('color', ['auto', 'always', 'never']),
		drop,
		seed: seed(values),
		failing: values.repeated('fail').map((text) => failing(text, values)),
		onChange: values.text('on-change') === undefined ? undefined : values.choice('on-change', ['ignore', 'first-address', 'replace']),
		addressWaitMs: values.text('address-wait') === undefined ? undefined : values.duration('address-wait'),
		profile: values.text('profile') === undefined ? undefined : values.choice('profile', ['kata-1.13', 'kata-1.5']),
		families: values.text('family') === undefined ? undefined : familyValues(values, 'all'),
		intervalMs: values.text('interval') === undefined ? undefined : intervalValue(values),
	};
}

function share(values: OptionValues): number | undefined {
	const text = values.text('drop');
	if (text === undefined) return undefined;
	const percent = /^(\d+(?:\.\d+)?)%$/.exec(text)?.[1];
	if (percent === undefined || Number(percent) > 100)
		throw new UsageError(`${values.where('drop')} is not a share: "${text}"`, 'Write it as 10%.');
	return Number(percent) / 100;
}

function seed(values: OptionValues): number | undefined {
	const text = values.text('seed');
	if (text === undefined) return undefined;
	if (!/^\d{1,10}$/.test(text)) throw new UsageError(`${values.where('seed')} is not a number: "${text}"`, 'Write it as 42.');
	return Number(text);
}

function failing(text: string, values: OptionValues): Failing {
	const [, op, ifname, count = ''] = /^(add-iface|del-iface|update-routes)(?:@(.+))?:(\d+|inf)$/s.exec(text) ?? [];
	if (op === undefined || (op === 'update-routes' && ifname !== undefined)) {
		throw new UsageError(
			`${values.where('fail')} names no calls: "${text}"`,
			'Write it as add-iface:3, del-iface@eth1:1 or update-routes:inf.',
		);
	}
	return {op, ifname, count: count === 'inf' ? Number.POSITIVE_INFINITY : Number(count)};
}
