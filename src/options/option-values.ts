import {UsageError} from '../model/errors.js';
import {parseDuration} from '../text/duration.js';
import {parseSize} from '../text/size.js';
import {type GivenOptions, type Option, variableOf} from './option-table.js';

/** Variables by name. */
export type Environment = Readonly<Record<string, string | undefined>>;

const leastBytes = 1_000_000;

/** Values of options by name: from the command line, from `NETMON_…`, or the default. An empty variable counts as unset. */
export class OptionValues {
	readonly #table: Readonly<Record<string, Option>>;
	readonly #given: GivenOptions;
	readonly #environment: Environment;

	constructor(table: Readonly<Record<string, Option>>, given: GivenOptions, environment: Environment) {
		this.#table = table;
		this.#given = given;
		this.#environment = environment;
	}

	text(name: string): string | undefined {
		const given = this.#given[name];
		if (given === '') throw this.#empty(name);
		if (typeof given === 'string') return given;
		const variable = this.#environment[variableOf(name)];
		return variable === undefined || variable === '' ? this.#table[name]?.default : variable;
	}

	/** Whether it is on the command line or in the environment. */
	isSet(name: string): boolean {
		return this.#given[name] !== undefined || Boolean(this.#environment[variableOf(name)]);
	}

	required(name: string): string {
		const text = this.text(name);
		if (text === undefined) throw this.#empty(name);
		return text;
	}

	/** Values that were repeated or separated by commas. */
	list(name: string): readonly string[] {
		const words = this.repeated(name)
			.flatMap((text) => text.split(','))
			.filter((text) => text !== '');
		if (words.length === 0 && this.isSet(name)) throw this.#empty(name);
		return words;
	}

	/** Values that were repeated. */
	repeated(name: string): readonly string[] {
		const given = this.#given[name];
		if (Array.isArray(given)) {
			if (given.includes('')) throw this.#empty(name);
			return given;
		}
		const text = this.text(name);
		return text === undefined ? [] : [text];
	}

	/** A whole number from 1 on; undefined if none is given. */
	count(name: string): number | undefined {
		const text = this.text(name);
		if (text === undefined) return undefined;
		if (!/^[1-9]\d{0,8}$/.test(text)) throw new UsageError(`${this.where(name)} is not a number from 1 on: "${text}"`, 'Write it as 4.');
		return Number(text);
	}

	switch(name: string): boolean {
		const given = this.#given[name];
		if (typeof given === 'boolean') return given;
		const variable = this.#environment[variableOf(name)] ?? '';
		return !['', '0', 'false', 'no'].includes(variable.toLowerCase());
	}

	duration(name: string): number {
		const text = this.required(name);
		const ms = parseDuration(text);
		if (ms === undefined) {
			throw new UsageError(`${this.where(name)} is not a time: "${text}"`, 'Write it as 250ms, 2s or 5m.');
		}
		return ms;
	}

	/** How long a process may run, in milliseconds: not 0, with which each would be killed at once. */
	timeLimit(name: string): number {
		const ms = this.duration(name);
		if (ms === 0)
			throw new UsageError(`${this.where(name)} is 0, so every run would be killed at once`, 'For a long limit, write it as 24h.');
		return ms;
	}

	/** A size of at least 1MB, in bytes. */
	size(name: string, whyNotLess: string): number {
		const text = this.required(name);
		const bytes = parseSize(text);
		if (bytes === undefined) throw new UsageError(`${this.where(name)} is not a size: "${text}"`, 'Write it as 64MB or 2GB.');
		if (bytes < leastBytes) throw new UsageError(`${this.where(name)} is less than 1MB`, whyNotLess);
		return bytes;
	}

	choice<const Choices extends readonly string[]>(name: string, choices: Choices): Choices[number] {
		const text = this.required(name);
		const found = choices.find((choice) => choice === text);
		if (found === undefined) throw new UsageError(`${this.where(name)} cannot be "${text}"`, `Use one of ${choices.join(', ')}.`);
		return found;
	}

	#empty(name: string): UsageError {
		return new UsageError(`${this.where(name)} is empty`, 'Give it a value, or leave the option out.');
	}

	/** How the user set it, for messages: the option or the variable. */
	where(name: string): string {
		return this.#given[name] === undefined && this.#environment[variableOf(name)] ? variableOf(name) : `--${name}`;
	}
}
