import {type HookKind, hookKinds} from '../diff/hook-filter.js';
import {UsageError} from '../model/errors.js';
import {type GivenOptions, groupOf} from './option-table.js';
import type {OptionValues} from './option-values.js';

/** A hook program and how it is called, checked. Times are in milliseconds. */
export interface HookOptions {
	readonly program: string;
	readonly args: readonly string[];
	/** Empty: every kind. */
	readonly on: readonly HookKind[];
	readonly initial: boolean;
	readonly timeoutMs: number;
	/** Infinity: without a limit. */
	readonly retries: number;
	readonly settleMs: number;
	readonly state: string | undefined;
}

/** Splits the arguments at `--` into options and the program; undefined if there is no `--`. */
export function splitProgram(args: readonly string[]): {
	readonly options: readonly string[];
	readonly program: readonly string[] | undefined;
} {
	const at = args.indexOf('--');
	return at < 0 ? {options: args, program: undefined} : {options: args.slice(0, at), program: args.slice(at + 1)};
}

/** @param command the program and its arguments; undefined if there is none */
export function hookValues(values: OptionValues, given: GivenOptions, command: readonly string[] | undefined): HookOptions | undefined {
	const [program, ...args] = command ?? [];
	if (program === undefined || program === '') {
		const needy = Object.keys(given).find((name) => groupOf(name) === 'hooks');
		if (command === undefined && needy === undefined) return undefined;
		throw new UsageError(
			command === undefined ? `--${needy} is for a program, and none is named` : 'no program is named after --',
			'Name the program last: netmon watch -- PROGRAM [ARG…].',
		);
	}
	for (const name of ['runtime', 'sandbox']) {
		if (!values.isSet(name)) continue;
		throw new UsageError(`${values.where(name)} and a program cannot be used together`, 'Start one netmon for each of them.');
	}
	if (values.switch('dry-run'))
		throw new UsageError('--dry-run is for a runtime, not for a program', 'Name a program that prints what it is given.');
	return {
		program,
		args,
		on: kindsOf(values),
		initial: values.switch('initial'),
		timeoutMs: values.timeLimit('timeout'),
		retries: retriesOf(values),
		settleMs: values.duration('settle'),
		state: values.text('state'),
	};
}

function kindsOf(values: OptionValues): readonly HookKind[] {
	return values.list('on').map((text) => {
		const kind = hookKinds.find((known) => known === text);
		if (kind !== undefined) return kind;
		throw new UsageError(
			`${values.where('on')} cannot be "${text}"`,
			'It is interface, address or route, or one kind of them: interface-added, -changed, -removed, -found.',
		);
	});
}

function retriesOf(values: OptionValues): number {
	const text = values.required('retries');
	if (text === 'inf') return Number.POSITIVE_INFINITY;
	if (/^\d{1,9}$/.test(text)) return Number(text);
	throw new UsageError(`${values.where('retries')} is not a number: "${text}"`, 'Write it as 5, or inf for ever.');
}
