import leven from 'leven';
import {UsageError} from '../model/errors.js';
import {splitProgram} from '../options/hook-options.js';

/** What a command takes. */
export interface CommandTakes {
	readonly flags: Readonly<Record<string, unknown>>;
	readonly args: Readonly<Record<string, {readonly description?: string | undefined}>>;
}

/**
 * Words a mistake that oclif has found as netmon words its own: one wording for one mistake, whoever finds it.
 *
 * @param given the words after the command
 */
export function mistakeIn(error: Error, command: string, {flags, args}: CommandTakes, given: readonly string[]): UsageError {
	const options = Object.keys(flags);
	const help = `See netmon ${command} --help.`;
	const [message = '', second = ''] = error.message.split('\n');
	const mistake = (text: string, advice = help) => new UsageError(text, advice, {cause: error});
	const unknown = /^Nonexistent flags?: (-+[^\s,=]+)/.exec(message)?.[1] ?? /^Unexpected arguments?: (-[^\s,]+)/.exec(message)?.[1];
	if (unknown !== undefined) {
		const meant = meantBy(unknown.replace(/^-+/, ''), options);
		return mistake(`${unknown} is not an option of netmon ${command}`, meant === undefined ? help : `Did you mean --${meant}?`);
	}
	// oclif joins several of them by colons, or by commas.
	const extra = /^command \S+?:(.+) not found/s.exec(message)?.[1] ?? /^Unexpected arguments?: (.+)/.exec(message)?.[1];
	if (extra !== undefined) {
		const word = given.find((each) => each !== '' && extra.startsWith(each)) ?? extra;
		const meant =
			Object.keys(args).length > 0 ? [] : ['netns', 'dev'].filter((name) => options.includes(name)).map((name) => `--${name} ${word}`);
		if (command === 'watch') meant.push(`-- ${word}`);
		return mistake(`unexpected argument: ${word}`, meant.length === 0 ? help : `Did you mean ${meant.join(' or ')}? ${help}`);
	}
	const needy = /^Flag (--\S+) expects a value/.exec(message)?.[1];
	if (needy !== undefined) return mistake(`${needy} needs a value`);
	const twice = /^Flag (--\S+) can only be specified once/.exec(message)?.[1];
	if (twice !== undefined) return mistake(`${twice} is given more than once`, 'Give it once.');
	if (message.startsWith('Missing ')) {
		const name = second.split(/\s/, 1)[0] ?? '';
		return mistake(`no ${name.toUpperCase()} is named`, `Name ${args[name.toLowerCase()]?.description ?? 'one'}. ${help}`);
	}
	return mistake(message);
}

/** Names of commands in other programs, by the name of netmon's command. */
const otherCommands: Readonly<Record<string, readonly string[]>> = {
	watch: ['monitor', 'events', 'run', 'start', 'exec', 'tail', 'top'],
	snapshot: ['show', 'get', 'dump', 'addr', 'address', 'link', 'route', 'state', 'graph'],
	list: ['ls', 'ps', 'status'],
	log: ['logs', 'history', 'journal'],
	why: ['explain', 'describe'],
	doctor: ['check', 'health'],
	wait: ['wait-for', 'until'],
	'--version': ['version'],
};

export function unknownCommand(name: string, commands: readonly string[]): UsageError {
	const meant = Object.keys(otherCommands).find((command) => otherCommands[command]?.includes(name));
	const nearest = meant ?? (name.startsWith('-') ? undefined : nearestTo(name, commands));
	const what = name.startsWith('-') ? 'an option of netmon' : 'a netmon command';
	const help = name.startsWith('-') ? 'Options follow a command: see netmon --help.' : 'See netmon --help.';
	return new UsageError(`${name} is not ${what}`, nearest === undefined ? help : `Did you mean netmon ${nearest}?`);
}

/** Names of options in other programs, by the name of netmon's option. */
const otherNames: Readonly<Record<string, readonly string[]>> = {
	dev: ['interface', 'iface', 'interfaces', 'device', 'link', 'if', 'i'],
	netns: ['namespace', 'ns', 'net', 'network', 'pid', 'network-namespace', 'n'],
	'all-netns': ['all', 'all-namespaces', 'host'],
	family: ['ipv4', 'ipv6', 'inet', 'inet6', '4', '6', 'af', 'f'],
	output: ['format', 'ndjson', 'o'],
	json: ['format', 'output', 'ndjson', 'o', 'j'],
	only: ['filter', 'type', 'kind', 'events', 'monitor'],
	table: ['rt-table', 'route-table', 'vrf', 'all-tables'],
	color: ['colour', 'no-color', 'colors', 'c'],
	timestamps: ['timestamp', 'ts', 'time', 'date'],
	'log-level': ['verbose', 'quiet', 'debug', 'q', 'd'],
	interval: ['poll', 'every', 'period', 'poll-interval'],
	sandbox: ['id', 'container', 'name', 'pod'],
	runtime: ['exec', 'command', 'call', 'runtime-path'],
	'dry-run': ['noop', 'simulate', 'what-if'],
	jobs: ['parallel', 'concurrency', 'workers'],
	'state-dir': ['state-directory', 'dir', 'directory'],
	journal: ['history', 'log-dir', 'dir', 'directory', 'store'],
	record: ['capture', 'save', 'write', 'w'],
	metrics: ['prometheus', 'port', 'listen'],
	follow: ['tail', 'f'],
	since: ['from', 'after', 'start'],
	until: ['to', 'before', 'end'],
	route: ['dst', 'destination', 'prefix', 'routes'],
	address: ['addr', 'host', 'addresses'],
	on: ['event', 'trigger', 'when'],
	initial: ['first', 'run-now', 'at-start'],
	retries: ['retry', 'attempts', 'tries'],
	settle: ['debounce', 'delay', 'quiet-time', 'stable'],
	timeout: ['deadline', 'max-wait', 'limit', 'for'],
	exact: ['strict', 'full'],
};

/** The option with the same meaning, or else the one with the most similar spelling. */
function meantBy(word: string, options: readonly string[]): string | undefined {
	return options.find((name) => otherNames[name]?.includes(word)) ?? nearestTo(word, options);
}

/** With more edits than this, or than half of the word, it is no typing error. */
const mostEdits = 3;

function nearestTo(word: string, candidates: readonly string[]): string | undefined {
	// Two swapped letters are two edits: prefer a word of the same length.
	const distance = (candidate: string) => Math.abs(candidate.length - word.length);
	const ranked = candidates
		.map((candidate) => ({candidate, edits: leven(word, candidate)}))
		.sort((a, b) => a.edits - b.edits || distance(a.candidate) - distance(b.candidate));
	const [first] = ranked;
	return first !== undefined && first.edits <= Math.min(mostEdits, Math.ceil(word.length / 2)) ? first.candidate : undefined;
}

/** Finds a switch with a value (`--follow=yes`), which oclif takes for an argument. */
export function switchWithValue(args: readonly string[], flags: Readonly<Record<string, {readonly type: string}>>): UsageError | undefined {
	for (const argument of splitProgram(args).options) {
		const name = /^--([a-z-]+)=/.exec(argument)?.[1];
		if (name !== undefined && Object.hasOwn(flags, name) && flags[name]?.type === 'boolean')
			return new UsageError(`--${name} takes no value`, `Write it as --${name}, or leave it out.`);
	}
	return undefined;
}
