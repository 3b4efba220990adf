import {
	diffOptions,
	doctorOptions,
	listOptions,
	logOptions,
	type Option,
	replayOptions,
	snapshotOptions,
	verifyOptions,
	waitOptions,
	watchOptions,
	whyOptions,
} from './option-table.js';

/** What an argument of a command names. */
export type Operand = 'side' | 'recording' | 'condition' | 'subject' | 'shell';

export interface CommandShape {
	readonly options: Readonly<Record<string, Option>>;
	/** In order. */
	readonly operands?: readonly Operand[];
	/** Whether the last operand may be repeated. */
	readonly repeats?: boolean;
}

export const shells = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof shells)[number];

/** What each command takes, in the order of the help. The completion comes from this table, and the help from the same tables of options. */
export const commandTable = {
	watch: {options: watchOptions},
	snapshot: {options: snapshotOptions},
	wait: {options: waitOptions, operands: ['condition'], repeats: true},
	log: {options: logOptions},
	diff: {options: diffOptions, operands: ['side', 'side']},
	list: {options: listOptions},
	why: {options: whyOptions, operands: ['subject']},
	verify: {options: verifyOptions},
	replay: {options: replayOptions, operands: ['recording'], repeats: true},
	doctor: {options: doctorOptions},
	completion: {options: {}, operands: ['shell']},
} as const satisfies Record<string, CommandShape>;
