import {UsageError} from '../model/errors.js';
import {parseNetwork, printedNetwork} from '../text/network-text.js';
import {type GivenOptions, listOptions, verifyOptions, whyOptions} from './option-table.js';
import {type Environment, OptionValues} from './option-values.js';
import {type NamespaceOptions, namespaceValues} from './watch-options.js';

export interface ListOptions {
	readonly json: boolean;
}

/** The options of `netmon why`, checked. */
export interface WhyOptions extends NamespaceOptions {
	readonly sandbox: string | undefined;
	readonly json: boolean;
	/** An interface, or a destination as `ip` prints it; undefined: all. */
	readonly what: string | undefined;
}

export function checkListOptions(given: GivenOptions, environment: Environment): ListOptions {
	return {json: new OptionValues(listOptions, given, environment).switch('json')};
}

export function checkWhyOptions(given: GivenOptions, what: string | undefined, environment: Environment): WhyOptions {
	const values = new OptionValues(whyOptions, given, environment);
	const network = what === undefined ? undefined : parseNetwork(what);
	return {
		...namespaceValues(values, 'inet'),
		sandbox: values.text('sandbox'),
		json: values.switch('json'),
		what: network === undefined ? what : printedNetwork(network),
	};
}

export interface VerifyOptions {
	readonly sandbox: string;
	/** A shell line. */
	readonly guest: string | undefined;
	readonly json: boolean;
}

export function checkVerifyOptions(given: GivenOptions, environment: Environment): VerifyOptions {
	const values = new OptionValues(verifyOptions, given, environment);
	const sandbox = values.text('sandbox');
	if (sandbox === undefined) throw new UsageError('no sandbox is named', 'Name it with -s ID; netmon list has those that are watched.');
	return {sandbox, guest: values.text('guest'), json: values.switch('json')};
}
