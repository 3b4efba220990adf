/** Every option, once: oclif's flags, the quick reader of `netmon watch` and the environment of `kata-netmon` are made from it. */
export interface Option {
	readonly char?: string;
	readonly kind: 'text' | 'duration' | 'choice' | 'switch';
	/** For `choice`. */
	readonly choices?: readonly string[];
	readonly default?: string;
	readonly summary: string;
	/** Another option that it does not go with. */
	readonly excludes?: string;
	/** What stands for the value in help. */
	readonly placeholder?: string;
}

export const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'panic'] as const;

/** What every command that looks at a namespace has. */
export const namespaceOptions = {
	netns: {
		kind: 'text',
		placeholder: 'NAME|PATH|PID',
		summary: 'network namespace to look at: a name of ip netns, a path, or a process; default its own',
	},
	family: {
		kind: 'choice',
		choices: ['inet', 'inet6', 'all'],
		default: 'inet',
		summary: 'address family of the addresses and routes that count',
	},
	ip: {kind: 'text', default: 'ip', placeholder: 'PATH', summary: "iproute2's ip, 5.5 or later"},
} as const satisfies Record<string, Option>;

export const watchOptions = {
	sandbox: {char: 's', kind: 'text', placeholder: 'ID', summary: 'sandbox to tell the runtime about; without it nothing is called'},
	runtime: {char: 'r', kind: 'text', placeholder: 'PATH', summary: 'container runtime to call'},
	...namespaceOptions,
	interval: {kind: 'duration', default: '30s', placeholder: 'TIME', summary: 'time between two full reads of the namespace'},
	'on-change': {
		kind: 'choice',
		choices: ['ignore', 'first-address', 'replace'],
		default: 'first-address',
		summary: 'what to call when an announced interface changes: nothing; del and add for its first address; or for every change',
	},
	'address-wait': {
		kind: 'duration',
		default: '100ms',
		placeholder: 'TIME',
		summary: 'how long a new interface that is up waits for its first address',
	},
	profile: {
		kind: 'choice',
		choices: ['kata-1.13', 'kata-1.5'],
		default: 'kata-1.13',
		summary: 'consumer whose form of interfaces and routes is written',
	},
	'state-dir': {
		kind: 'text',
		default: '/var/run/kata-containers/netmon/sbs',
		placeholder: 'PATH',
		summary: 'directory with one directory per sandbox',
	},
	'runtime-timeout': {kind: 'duration', default: '60s', placeholder: 'TIME', summary: 'a call of the runtime that takes longer is killed'},
	output: {kind: 'choice', choices: ['human', 'ndjson'], default: 'human', summary: 'form of the changes and calls on stdout'},
	follow: {kind: 'switch', summary: 'when the namespace is gone, wait for its name and start afresh, instead of ending'},
	record: {kind: 'text', placeholder: 'FILE', summary: 'write down all that is observed, to be replayed'},
	'dry-run': {kind: 'switch', summary: 'say what would be called, and call and keep nothing'},
	'log-level': {kind: 'choice', choices: logLevels, default: 'warn', summary: 'least severe messages to log on stderr'},
	'log-format': {kind: 'choice', choices: ['json', 'human'], summary: 'form of the log; default human on a terminal, else json'},
	metrics: {kind: 'text', placeholder: '[HOST:]PORT', summary: 'serve metrics for Prometheus over HTTP'},
} as const satisfies Record<string, Option>;

export const snapshotOptions = {
	...namespaceOptions,
	profile: {
		kind: 'choice',
		choices: ['kata-1.13', 'kata-1.5'],
		default: 'kata-1.13',
		summary: 'consumer whose form --payload writes',
	},
	json: {kind: 'switch', summary: "one JSON object, with ip's own key names", excludes: 'payload'},
	payload: {kind: 'switch', summary: 'one JSON object, with the interfaces and routes as the runtime would be sent them', excludes: 'json'},
} as const satisfies Record<string, Option>;

export const doctorOptions = {
	...namespaceOptions,
	runtime: {...watchOptions.runtime, summary: 'container runtime that is to be called'},
	'state-dir': watchOptions['state-dir'],
	json: {kind: 'switch', summary: 'one JSON object: {"usable": …, "findings": […]}'},
} as const satisfies Record<string, Option>;

/** Values of options as they were given: nothing is checked yet. */
export type GivenOptions = Readonly<Record<string, string | boolean | undefined>>;

/** The variable that stands for an option: `NETMON_ON_CHANGE` for `on-change`. */
export function variableOf(name: string): string {
	return `NETMON_${name.toUpperCase().replaceAll('-', '_')}`;
}
