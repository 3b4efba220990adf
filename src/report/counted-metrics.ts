import {readdirSync, readFileSync} from 'node:fs';
import type {Registry} from 'prom-client';
import type {Event} from '../model/event.js';
import {isRunning} from '../model/link.js';
import type {Picture} from '../model/picture.js';
import type {Sink} from '../model/sink.js';
import {version} from '../version.js';
import {GoneSeries} from './gone-series.js';

/** Facts about a namespace that are read when the metrics are requested. */
export interface NamespaceGauges {
	/** '' for netmon's own. */
	readonly netns: string;
	/** '' for an observer. */
	readonly sandbox: string;
	readonly picture: Picture;
	readonly figures: {
		/** Reads of the namespace since the start. */
		readonly looks: number;
		readonly monitorUp: boolean;
		/** Calls that wait for their turn, and those that have failed and are held back. */
		readonly waiting: number;
		readonly held: number;
		/** How long the oldest of them has waited, or the one that runs has run. */
		readonly oldestMs: number;
	};
}

type Prometheus = typeof import('prom-client');

const callBuckets = [0.001, 0.005, 0.02, 0.1, 0.5, 2, 10, 60];
const namespaceLabels = ['netns', 'sandbox'] as const;

/** What netmon counts and shows to Prometheus, by the conventions in its documentation. */
export class CountedMetrics implements Sink {
	readonly #counters;
	readonly #durations;
	readonly #delays;
	readonly #sandboxOf: (netns: string) => string;
	readonly #gauges: () => readonly NamespaceGauges[];
	readonly #gone: GoneSeries;
	/** By namespace: the time of the first change that the next call may be about, as in events. */
	readonly #changedAt = new Map<string, string>();

	constructor(
		{Counter, Gauge, Histogram}: Prometheus,
		registry: Registry,
		sandboxOf: (netns: string) => string,
		gauges: () => readonly NamespaceGauges[],
	) {
		this.#sandboxOf = sandboxOf;
		this.#gauges = gauges;
		const registers = [registry];
		const counter = <Label extends string>(name: string, help: string, ...labels: readonly Label[]) =>
			new Counter({name, help, labelNames: [...namespaceLabels, ...labels], registers});
		this.#counters = {
			interface: counter('netmon_interface_changes_total', 'Interfaces that were added, removed or changed', 'change'),
			address: counter('netmon_address_changes_total', 'Addresses that were added, removed or changed', 'change'),
			route: counter('netmon_route_changes_total', 'Routes that were added, removed or changed', 'change'),
			flaps: counter('netmon_flaps_total', 'Monitor lines that led to no change', 'subject'),
			losses: counter('netmon_losses_total', 'Times that events may have been lost'),
			missed: counter('netmon_missed_changes_total', 'Changes that the poll found and no event had announced'),
			calls: counter('netmon_calls_total', 'Calls of the consumer', 'op', 'result'),
		};
		const histogram = (name: string, help: string) =>
			new Histogram({name, help, labelNames: [...namespaceLabels, 'op'], buckets: callBuckets, registers});
		this.#durations = histogram('netmon_call_duration_seconds', 'Duration of calls of the consumer');
		this.#delays = histogram('netmon_event_to_call_seconds', 'Time from the first change that a call is about to the start of the call');
		this.#gone = new GoneSeries([...Object.values(this.#counters), this.#durations, this.#delays]);
		const gauge = (name: string, help: string, value: (now: NamespaceGauges) => number) =>
			new Gauge({
				...{name, help, registers, labelNames: namespaceLabels},
				collect() {
					this.reset();
					for (const now of gauges()) this.set({netns: now.netns, sandbox: now.sandbox}, value(now));
				},
			});
		gauge('netmon_interfaces', 'Interfaces in the namespace', ({picture}) => picture.table.size);
		gauge('netmon_routes', 'Routes in the namespace', ({picture}) =>
			[...picture.routes.values()].reduce((sum, {length}) => sum + length, 0),
		);
		gauge('netmon_monitor_up', 'Whether events are received', ({figures}) => (figures.monitorUp ? 1 : 0));
		gauge('netmon_calls_waiting', 'Calls that wait for their turn', ({figures}) => figures.waiting);
		gauge('netmon_calls_held_back', 'Calls that have failed and will be tried again', ({figures}) => figures.held);
		gauge(
			'netmon_oldest_call_seconds',
			'How long the oldest call has waited, been held back or run',
			({figures}) => figures.oldestMs / 1000,
		);
		const {losses, missed} = this.#counters;
		new Counter({
			...{name: 'netmon_reads_total', help: 'Reads of the namespace', registers, labelNames: namespaceLabels},
			collect() {
				this.reset();
				for (const {netns, sandbox, figures} of gauges()) {
					this.inc({netns, sandbox}, figures.looks);
					// An alert sees no increase in a series that starts with 1.
					for (const alarm of [losses, missed]) alarm.inc({netns, sandbox}, 0);
				}
			},
		});
		new Gauge({
			...{name: 'netmon_interface_up', help: 'Whether an interface is up and has a carrier', registers},
			labelNames: [...namespaceLabels, 'device'],
			collect() {
				this.reset();
				for (const {netns, sandbox, picture} of gauges()) {
					for (const {link} of picture.table.values()) this.set({netns, sandbox, device: link.ifname}, isRunning(link) ? 1 : 0);
				}
			},
		});
		new Gauge({
			...{name: 'netmon_default_route', help: 'Default routes by a device', registers},
			labelNames: [...namespaceLabels, 'family', 'device'],
			collect() {
				this.reset();
				for (const {netns, sandbox, picture} of gauges()) {
					for (const route of [...picture.routes.values()].flat()) {
						// An unreachable one of IPv6 has a device too.
						if (route.dst !== 'default' || route.type !== 'unicast') continue;
						const devices = [route, ...(route.nexthops ?? [])].flatMap(({dev}) => (dev === undefined ? [] : [dev]));
						for (const device of devices) this.inc({netns, sandbox, family: route.family, device}, 1);
					}
				}
			},
		});
		new Gauge({name: 'netmon_build_info', help: 'The version of netmon', labelNames: ['version'], registers}).set({version}, 1);
		processMetrics({Counter, Gauge}, registry);
	}

	take(event: Event): void {
		const netns = event.netns ?? '';
		if (event.event === 'namespace-gone') this.#changedAt.delete(netns);
		void this.#gone.take(event);
		const labels = {netns, sandbox: this.#sandboxOf(netns)};
		const {interface: links, address, route, flaps, losses, missed, calls} = this.#counters;
		if (event.event === 'loss') losses.inc(labels);
		else if (event.event === 'missed') missed.inc(labels, event.count);
		else if (event.event === 'interface-flapped' || event.event === 'route-flapped') {
			flaps.inc({...labels, subject: event.event.slice(0, -'-flapped'.length)}, event.count);
		} else if (event.event === 'call') {
			calls.inc({...labels, op: event.op, result: event.ok ? 'ok' : 'failed'});
			this.#durations.observe({...labels, op: event.op}, event.duration_ms / 1000);
			this.#observeDelay(event, {...labels, op: event.op});
		} else if ('cause' in event) {
			const [subject, change = ''] = event.event.split('-');
			const counter = subject === 'interface' ? links : subject === 'address' ? address : route;
			counter.inc({...labels, change});
			this.#noteChange(netns, event.time);
		}
	}

	/** If no call waits, earlier changes need none: the next call is about this change at the earliest. */
	#noteChange(netns: string, time: string): void {
		const before = this.#changedAt.get(netns);
		if (before === time) return;
		const waits = () => this.#gauges().some((now) => now.netns === netns && now.figures.oldestMs > 0);
		if (before === undefined || !waits()) this.#changedAt.set(netns, time);
	}

	#observeDelay({time, duration_ms, attempt}: Event & {readonly event: 'call'}, labels: Record<'netns' | 'sandbox' | 'op', string>): void {
		const changedAt = this.#changedAt.get(labels.netns);
		if (changedAt === undefined || attempt > 1) return;
		this.#changedAt.delete(labels.netns);
		this.#delays.observe(labels, Math.max(0, Date.parse(time) - duration_ms - Date.parse(changedAt)) / 1000);
	}
}

/** The metrics that Prometheus' own client libraries have of a process. */
function processMetrics({Counter, Gauge}: Pick<Prometheus, 'Counter' | 'Gauge'>, registry: Registry): void {
	const registers = [registry];
	new Counter({
		...{name: 'process_cpu_seconds_total', help: 'Total user and system CPU time spent in seconds', registers},
		collect() {
			const {user, system} = process.cpuUsage();
			this.reset();
			this.inc((user + system) / 1e6);
		},
	});
	new Gauge({
		...{name: 'process_resident_memory_bytes', help: 'Resident memory size in bytes', registers},
		collect() {
			this.set(process.memoryUsage.rss());
		},
	});
	new Gauge({
		...{name: 'process_open_fds', help: 'Number of open file descriptors', registers},
		collect() {
			// One of them is the folder that is being read.
			this.set(readdirSync('/proc/self/fd').length - 1);
		},
	});
	const most = /^Max open files +(\d+)/m.exec(readFileSync('/proc/self/limits', 'latin1'))?.[1];
	if (most !== undefined)
		new Gauge({name: 'process_max_fds', help: 'Maximum number of open file descriptors', registers}).set(Number(most));
	new Gauge({name: 'process_start_time_seconds', help: 'Start time of the process since the epoch in seconds', registers}).set(
		Math.round(Date.now() / 1000 - process.uptime()),
	);
}
