import {hookKinds} from '../diff/hook-filter.js';
import {logLevels} from '../model/log.js';

/**
 * One option. The tables below are the only list of options: oclif's flags, the quick reader and the environment of `kata-netmon` are
 * made from them.
 */
export interface Option {
	readonly char?: 's' | 'r';
	/** A `list` may be repeated or separated by commas, `repeated` only repeated. */
	readonly kind: 'text' | 'duration' | 'choice' | 'switch' | 'list' | 'repeated';
	/** For `choice` and `list`. */
	readonly choices?: readonly string[];
	readonly default?: string;
	readonly summary: string;
	/** The name of the value in the help. */
	readonly placeholder?: string;
	/** Its section in the help, if it differs from that in other commands. */
	readonly group?: string;
}

/** The sections of help. */
const groups: Readonly<Record<string, readonly string[]>> = {
	'what to show': ['since', 'until', 'route', 'address', 'exact'],
	'what to watch': ['netns', 'all-netns', 'family', 'table', 'only', 'dev', 'interval', 'follow', 'ip'],
	// All others.
	output: [],
	// Those whose `group` says so.
	waiting: [],
	runtime: ['sandbox', 'runtime', 'jobs', 'dry-run', 'on-change', 'address-wait', 'profile', 'state-dir', 'runtime-timeout'],
	'what if': ['drop', 'seed', 'fail'],
	hooks: ['on', 'initial', 'timeout', 'retries', 'settle', 'state'],
};

export const groupNames: readonly string[] = Object.keys(groups);

export function groupOf(name: string): string {
	return Object.entries(groups).find(([, names]) => names.includes(name))?.[0] ?? 'output';
}

function family(byDefault: string) {
	return {
		kind: 'choice',
		choices: ['inet', 'inet6', 'all'],
		summary: `family of the addresses and routes that count; default ${byDefault}`,
	} as const;
}

/** The options of every command that looks at a namespace. */
export const namespaceOptions = {
	netns: {
		kind: 'text',
		placeholder: 'NAME|PATH|PID',
		summary: "network namespace to look at: a name of ip netns, a path, or a pid; default netmon's own",
	},
	family: family('all'),
	ip: {kind: 'text', default: 'ip', placeholder: 'PATH', summary: "iproute2's ip, 5.5 or later"},
} as const satisfies Record<string, Option>;

export const watchOptions = {
	...namespaceOptions,
	netns: {
		kind: 'repeated',
		placeholder: 'NAME|PATH|PID|PATTERN',
		summary: "network namespaces to watch: names of ip netns, shell patterns of names, paths, or pids; default netmon's own",
	},
	'all-netns': {kind: 'switch', summary: 'watch every namespace of this host that has a name or a process, whenever it comes'},
	family: family('all, with a runtime inet'),
	sandbox: {
		char: 's',
		kind: 'repeated',
		placeholder: 'ID|ID=NETNS',
		summary: "sandbox that the runtime is called for; '{netns}' stands for the name of each namespace; without it nothing is called",
	},
	jobs: {
		kind: 'text',
		placeholder: 'NUMBER',
		summary: 'calls or programs that may run at once, one for each namespace at most; default the number of processors',
	},
	runtime: {char: 'r', kind: 'text', placeholder: 'PATH', summary: 'container runtime to call'},
	interval: {kind: 'duration', default: '30s', placeholder: 'TIME', summary: 'time between two full reads of the namespace'},
	'on-change': {
		kind: 'choice',
		choices: ['ignore', 'first-address', 'replace'],
		default: 'first-address',
		summary: 'calls for a change of an announced interface: none; del and add for its first address; del and add for every change',
	},
	'address-wait': {
		kind: 'duration',
		default: '100ms',
		placeholder: 'TIME',
		summary: 'how long to wait for the first address of a new interface that is up',
	},
	profile: {
		kind: 'choice',
		choices: ['kata-1.13', 'kata-1.5'],
		default: 'kata-1.13',
		summary: 'version of the runtime whose payloads are written',
	},
	'state-dir': {
		kind: 'text',
		default: '/var/run/kata-containers/netmon/sbs',
		placeholder: 'PATH',
		summary: 'directory with one directory per sandbox',
	},
	'runtime-timeout': {kind: 'duration', default: '60s', placeholder: 'TIME', summary: 'kill a call of the runtime that takes longer'},
	table: {
		kind: 'text',
		default: 'main',
		placeholder: 'NAME|NUMBER|all',
		summary: 'routing table whose routes are read, all for every table; a runtime is told of the main table only',
	},
	only: {
		kind: 'list',
		choices: ['interface', 'address', 'route', 'call'],
		placeholder: 'KIND,…',
		summary: 'kinds of events to report: interface, address, route, call; default all',
	},
	dev: {kind: 'list', placeholder: 'PATTERN,…', summary: 'interfaces to report, with their addresses and routes: names or shell patterns'},
	output: {kind: 'choice', choices: ['human', 'ndjson'], default: 'human', summary: 'format of the events on stdout'},
	json: {kind: 'switch', summary: 'the same as --output ndjson'},
	color: {kind: 'choice', choices: ['auto', 'always', 'never'], default: 'auto', summary: 'colours in the lines for people'},
	timestamps: {
		kind: 'choice',
		choices: ['time', 'full'],
		default: 'time',
		summary: 'what stands before each line: the time, or the date too',
	},
	follow: {kind: 'switch', summary: 'when the namespace is gone, wait for its name and start again instead of exiting'},
	record: {kind: 'text', placeholder: 'FILE', summary: 'write everything that is observed to a file, to be replayed'},
	'record-size': {
		kind: 'text',
		default: '256MB',
		placeholder: 'SIZE',
		summary: 'what the recording may take at most, with its older parts FILE.1, …',
	},
	journal: {kind: 'text', placeholder: 'DIR', summary: 'keep the events in this directory, for netmon log and netmon diff'},
	'journal-size': {kind: 'text', default: '64MB', placeholder: 'SIZE', summary: 'what the journal may take at most'},
	'journal-age': {kind: 'duration', default: '7d', placeholder: 'TIME', summary: 'how long the journal keeps events'},
	'dry-run': {kind: 'switch', summary: 'print what would be called; call nothing and keep nothing'},
	'log-level': {
		kind: 'choice',
		choices: logLevels,
		default: 'warn',
		placeholder: 'LEVEL',
		summary: 'least severe messages to log on stderr: debug, info, warn, error, fatal',
	},
	'log-format': {kind: 'choice', choices: ['json', 'human'], summary: 'format of the log; default human on a terminal, else json'},
	syslog: {kind: 'switch', summary: 'write the log to syslog too, by logger; the default of kata-netmon'},
	metrics: {kind: 'text', placeholder: '[HOST:]PORT', summary: 'serve metrics for Prometheus over HTTP'},
	on: {
		kind: 'list',
		choices: hookKinds,
		placeholder: 'KIND,…',
		summary: 'events that PROGRAM is run for: interface, address, route, or one kind of them, as address-added; default all',
	},
	initial: {kind: 'switch', summary: 'run PROGRAM for what is there at the start too'},
	timeout: {
		kind: 'duration',
		default: '60s',
		placeholder: 'TIME',
		summary: 'kill a run of PROGRAM that takes longer, with its process group',
	},
	retries: {kind: 'text', default: '5', placeholder: 'N|inf', summary: 'how often a run that failed is tried again, with growing pauses'},
	settle: {kind: 'duration', default: '0ms', placeholder: 'TIME', summary: 'run PROGRAM once its subject has not changed for this long'},
	state: {
		kind: 'text',
		placeholder: 'FILE',
		summary: 'keep what PROGRAM was told, so that a restart runs it only for what changed meanwhile',
	},
} as const satisfies Record<string, Option>;

export const snapshotOptions = {
	...namespaceOptions,
	family: family('all, with --payload inet'),
	table: {...watchOptions.table, summary: 'routing table whose routes are shown, all for every table; --payload is of the main table'},
	netns: {
		...watchOptions.netns,
		summary: "network namespaces to show: names of ip netns, shell patterns of names, paths, or pids; default netmon's own",
	},
	'all-netns': {kind: 'switch', summary: 'show every namespace of this host that has a name or a process'},
	profile: {...watchOptions.profile, summary: 'version of the runtime whose payload --payload prints'},
	json: {kind: 'switch', summary: "one JSON object, with ip's own key names"},
	payload: {kind: 'switch', summary: 'one JSON object, with the interfaces and routes that the runtime would be sent'},
	graph: {
		kind: 'choice',
		choices: ['dot', 'mermaid'],
		summary: 'a picture of the namespaces and what connects them, for Graphviz (dot -Tsvg) or Mermaid',
	},
} as const satisfies Record<string, Option>;

export const waitOptions = {
	...namespaceOptions,
	follow: {kind: 'switch', summary: 'wait for the namespace too, and again when it is gone'},
	timeout: {
		kind: 'duration',
		placeholder: 'TIME',
		group: 'waiting',
		summary: 'exit with 1 when the conditions do not hold by then; default never',
	},
	settle: {kind: 'duration', default: '0ms', placeholder: 'TIME', group: 'waiting', summary: 'wait until they have held for this long'},
} as const satisfies Record<string, Option>;

const momentHelp = 'a time as 12:03, 2026-11-26T12:03 or -5m (ago)';

const journalToRead = {
	kind: 'text',
	placeholder: 'DIR',
	summary: 'directory of the journal; default /var/log/netmon, for a user $XDG_STATE_HOME/netmon/journal',
} as const satisfies Option;

export const logOptions = {
	journal: journalToRead,
	since: {kind: 'text', placeholder: 'TIME', summary: `show what happened from then on: ${momentHelp}`},
	until: {kind: 'text', placeholder: 'TIME', summary: 'show what happened until then'},
	route: {kind: 'list', placeholder: 'DESTINATION,…', summary: 'routes to show: default, 10.0.0.0/8, …'},
	address: {kind: 'list', placeholder: 'ADDRESS,…', summary: 'addresses to show, with the networks and routes that cover them'},
	netns: {kind: 'list', placeholder: 'NAME,…', summary: 'namespaces to show: names or shell patterns, as the journal has them'},
	family: namespaceOptions.family,
	table: {...watchOptions.table, default: 'all', summary: 'routing table whose routes to show, as the journal has it'},
	only: watchOptions.only,
	dev: watchOptions.dev,
	follow: {kind: 'switch', summary: 'go on with what happens from now on'},
	output: watchOptions.output,
	json: watchOptions.json,
	color: watchOptions.color,
	timestamps: watchOptions.timestamps,
} as const satisfies Record<string, Option>;

export const diffOptions = {
	exact: {kind: 'switch', summary: 'also show what differs by nature between two namespaces: indices, hardware addresses, …'},
	journal: journalToRead,
	...namespaceOptions,
	json: {kind: 'switch', summary: 'one JSON object a line, as events have it'},
	color: watchOptions.color,
} as const satisfies Record<string, Option>;

/** An option of a watch whose default is what was recorded. */
function replayed<Given extends Option & {readonly default: string}>({default: _, summary, ...option}: Given) {
	return {...option, group: 'what if', summary: `${summary}; default as recorded`};
}

export const replayOptions = {
	json: {kind: 'switch', summary: 'the calls alone, one JSON object a line'},
	step: {kind: 'switch', summary: 'also show each input of the engine, before what it led to'},
	anonymize: {kind: 'switch', summary: 'print the recording with other addresses, names and hardware addresses, so that it can be shared'},
	drop: {kind: 'text', placeholder: 'SHARE', summary: 'leave out this share of the lines of the monitor: 10%'},
	seed: {kind: 'text', placeholder: 'NUMBER', summary: 'number that decides which lines --drop leaves out; default another one each time'},
	fail: {
		kind: 'repeated',
		placeholder: 'OP[@IFACE]:N|inf',
		summary: 'let the first N calls of an operation fail: add-iface:3, update-routes:inf, add-iface@eth1:2',
	},
	'on-change': replayed(watchOptions['on-change']),
	'address-wait': replayed(watchOptions['address-wait']),
	profile: replayed(watchOptions.profile),
	family: {...namespaceOptions.family, group: 'what if', summary: 'family that counts, of those that were recorded'},
	interval: replayed(watchOptions.interval),
	color: watchOptions.color,
} as const satisfies Record<string, Option>;

export const doctorOptions = {
	...namespaceOptions,
	family: family('inet'),
	runtime: {...watchOptions.runtime, summary: 'container runtime to check'},
	'state-dir': watchOptions['state-dir'],
	json: {kind: 'switch', summary: 'one JSON object: {"usable": …, "findings": […]}'},
} as const satisfies Record<string, Option>;

export const listOptions = {
	json: {kind: 'switch', summary: 'one JSON array, with an object for each namespace'},
} as const satisfies Record<string, Option>;

export const whyOptions = {
	...namespaceOptions,
	family: family('inet'),
	sandbox: {char: 's', kind: 'text', placeholder: 'ID', summary: 'sandbox whose watch is asked'},
	json: {kind: 'switch', summary: 'one JSON array of decisions, with reason codes and facts'},
} as const satisfies Record<string, Option>;

export const verifyOptions = {
	sandbox: whyOptions.sandbox,
	guest: {
		kind: 'text',
		placeholder: 'COMMAND',
		summary: "shell line that prints the guest's ip -j addr and ip -j route, or kata-runtime's list-ifaces and list-routes",
	},
	json: {kind: 'switch', summary: 'one JSON array, with an object for each interface and route'},
} as const satisfies Record<string, Option>;

/** Options as the user gave them, not checked yet. */
export type GivenOptions = Readonly<Record<string, string | boolean | readonly string[] | undefined>>;

/** The environment variable of an option: `NETMON_ON_CHANGE` for `on-change`. */
export function variableOf(name: string): string {
	return `NETMON_${name.toUpperCase().replaceAll('-', '_')}`;
}
