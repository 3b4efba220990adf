import type {NamespaceChoice} from '../host/found-namespace.js';
import {UsageError} from '../model/errors.js';
import {isShellPattern} from '../text/shell-pattern.js';
import type {OptionValues} from './option-values.js';

/** The namespaces to watch if there may be several, and their sandboxes. */
export interface SeveralNamespaces {
	readonly choice: NamespaceChoice;
	/** The sandbox of a namespace by its name; absent if nothing is called. */
	readonly sandboxOf?: (name: string) => string | undefined;
}

interface Namespaces {
	readonly netns: string | undefined;
	readonly sandbox: string | undefined;
	/** Absent for a single namespace. Then its end is the end of the watch. */
	readonly several: SeveralNamespaces | undefined;
}

const placeholder = '{netns}';

/** Reads `--netns` and `--all-netns`: a choice, or undefined for one namespace at most, which is then the first of the names. */
export function chooseNamespaces(values: OptionValues): {
	readonly names: readonly string[];
	readonly choice: NamespaceChoice | undefined;
} {
	const given = values.repeated('netns');
	const all = values.switch('all-netns');
	const patterns = given.filter(isPattern);
	const names = given.filter((name) => !isPattern(name));
	return {names, choice: all || patterns.length > 0 || names.length > 1 ? {names, patterns, all} : undefined};
}

/** Reads `--netns`, `--all-netns` and `-s` together. */
export function checkSeveral(values: OptionValues): Namespaces {
	const {names, choice} = chooseNamespaces(values);
	const sandboxes = values.repeated('sandbox');
	if (sandboxes.some((sandbox) => sandbox.includes('=') && !sandbox.includes(placeholder))) {
		if (choice !== undefined || names.length > 0) {
			throw new UsageError(
				'-s ID=NETNS cannot be used together with --netns',
				'Write -s ID=NETNS for each sandbox, or -s ID with one --netns.',
			);
		}
		return {netns: undefined, sandbox: undefined, several: pairs(sandboxes)};
	}
	const [sandbox, ...more] = sandboxes;
	if (more.length > 0) throw new UsageError('several sandboxes need a namespace each', 'Write -s ID=NETNS for each of them.');
	const isTemplate = sandbox?.includes(placeholder) === true;
	if (choice === undefined && !isTemplate) return {netns: names[0], sandbox, several: undefined};
	if (sandbox !== undefined && !isTemplate) {
		throw new UsageError(
			`the sandbox "${sandbox}" cannot have several namespaces`,
			`Write -s ID=NETNS for each sandbox, or -s '${placeholder}' where a sandbox is called as its namespace.`,
		);
	}
	if (choice === undefined && names.length === 0) throw new UsageError(`-s '${placeholder}' names no namespace`, 'Add --netns PATTERN.');
	const chosen = choice ?? {names, patterns: [], all: false};
	return {
		netns: undefined,
		sandbox: undefined,
		several:
			sandbox === undefined
				? {choice: chosen}
				: {choice: chosen, sandboxOf: (name) => sandbox.replaceAll(placeholder, name.replace(/^.*\//s, ''))},
	};
}

/** A path is never a pattern. */
function isPattern(name: string): boolean {
	return !name.includes('/') && isShellPattern(name);
}

function pairs(sandboxes: readonly string[]): SeveralNamespaces {
	const byName = new Map<string, string>();
	for (const pair of sandboxes) {
		const [, id = '', name = ''] = /^([^=]*)=(.*)$/s.exec(pair) ?? [];
		if (id === '' || name === '') throw new UsageError(`-s ${JSON.stringify(pair)} is not ID=NETNS`, 'Write it as -s sandbox1=web.');
		const other = byName.get(name);
		if (other !== undefined)
			throw new UsageError(`the namespace "${name}" is that of two sandboxes, "${other}" and "${id}"`, 'Name it once.');
		if ([...byName.values()].includes(id)) throw new UsageError(`the sandbox "${id}" has two namespaces`, 'Name it once.');
		byName.set(name, id);
	}
	return {choice: {names: [...byName.keys()], patterns: [], all: false}, sandboxOf: (name) => byName.get(name)};
}
