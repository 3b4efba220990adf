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

/** What a word of a command is that is no option. */
export type Operand = 'side' | 'recording' | 'condition' | 'subject' | 'shell';

export interface CommandShape {
	readonly options: Readonly<Record<string, Option>>;
	/** In their order. */
	readonly operands?: readonly Operand[];
	/** Whether the last operand may be repeated. */
	readonly repeats?: boolean;
	/** Whether a program may stand behind `--`. */
	readonly program?: boolean;
}

export const shells = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof shells)[number];

/** What each command takes. The completion comes from this table, and the help from the same tables of options. */
export const commandTable = {
	completion: {options: {}, operands: ['shell']},
	diff: {options: diffOptions, operands: ['side', 'side']},
	doctor: {options: doctorOptions},
	list: {options: listOptions},
	log: {options: logOptions},
	replay: {options: replayOptions, operands: ['recording']},
	snapshot: {options: snapshotOptions},
	verify: {options: verifyOptions},
	wait: {options: waitOptions, operands: ['condition'], repeats: true},
	watch: {options: watchOptions, program: true},
	why: {options: whyOptions, operands: ['subject']},
} as const satisfies Record<string, CommandShape>;
