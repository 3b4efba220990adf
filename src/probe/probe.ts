import type {BareLink, Family, Link} from '../model/link.js';
import type {Log} from '../model/log.js';
import type {Route} from '../model/route.js';
import {systemClock} from '../time/clock.js';
import {AdaptiveQueries, type BatchKnowledge} from './ask/adaptive-queries.js';
import {AnswerFiles} from './ask/answer-file.js';
import type {IpQueries} from './ask/ip-queries.js';
import {OneShotQueries} from './ask/one-shot-queries.js';
import type {IpProgram} from './ip-program.js';
import {type MonitorHandlers, MonitorProcess} from './monitor/monitor-process.js';
import type {Dump} from './read/dump.js';
import {Sick} from './read/sick.js';
import {SnapshotReader} from './read/snapshot.js';
import {UndetailedLinks} from './read/undetailed-links.js';
import {mainTable, type RouteTables} from './route-tables.js';

/** A running subscription to the kernel's events. */
export interface Monitor {
	/** Resolves once no event can be missed: to true if that was seen, to false if it is assumed. */
	readonly ready: Promise<boolean>;
	hasDropped(): boolean;
	hasUnread(): boolean;
	close(): void;
}

/** All access of the engine to a namespace. Queries reject with a SnapshotError. */
export interface Probe {
	startMonitor(handlers: MonitorHandlers): Monitor;
	/** Prepares for questions about these families. */
	prepare(families: readonly Family[]): void;
	readLinks(): Promise<Dump<Link>>;
	/** No entry: no link has this name now. Undefined: the name cannot be asked for. */
	readLink(ifname: string): Promise<Dump<Link> | undefined>;
	/** The same without addresses, which is faster if there are many. */
	readBareLink(ifname: string): Promise<Dump<BareLink> | undefined>;
	readRoutes(family: Family): Promise<Dump<Route>>;
	/** Cached names may be wrong now. */
	forgetNames(): void;
	close(): void;
}

export interface ProbeOptions {
	/** What is known about this `ip`. */
	readonly knowledge?: BatchKnowledge;
	/** Ask long-lived `ip -batch` processes if this `ip` has a batch; else one process for each question. */
	readonly batch?: boolean;
	/** Receive their answers in files in memory if that works; else through pipes. */
	readonly files?: boolean;
	/** Do not parse again what is the same as in the last answer. */
	readonly kept?: boolean;
	/** Whether so many namespaces are watched that no process may wait for questions. */
	readonly thrifty?: () => boolean;
	/** Whose routes are read; default: the main table's. */
	readonly tables?: RouteTables;
}

/** The namespace as iproute2 shows it. */
export class IpProbe implements Probe {
	readonly #program: IpProgram;
	readonly #queries: IpQueries;
	readonly #tables: RouteTables;
	readonly #reader: () => SnapshotReader;

	constructor(program: IpProgram, log: Log, options: ProbeOptions = {}) {
		const {knowledge, batch = true, files = true, kept = true, thrifty, tables = mainTable} = options;
		this.#program = program;
		this.#tables = tables;
		this.#queries = batch ? new AdaptiveQueries(program, log, knowledge, new AnswerFiles(files), thrifty) : new OneShotQueries(program);
		const sick = new Sick(log);
		const remembered = {sick, undetailed: new UndetailedLinks(this.#queries, sick, systemClock), tables};
		const reader = new SnapshotReader(this.#queries, remembered);
		this.#reader = kept ? () => reader : () => new SnapshotReader(this.#queries, remembered);
	}

	startMonitor(handlers: MonitorHandlers): Monitor {
		return new MonitorProcess(this.#program, handlers, this.#tables);
	}

	prepare(families: readonly Family[]): void {
		this.#queries.prepare(families);
	}

	readLinks(): Promise<Dump<Link>> {
		return this.#reader().readLinks();
	}

	readLink(ifname: string): Promise<Dump<Link> | undefined> {
		return this.#reader().readLink(ifname);
	}

	readBareLink(ifname: string): Promise<Dump<BareLink> | undefined> {
		return this.#reader().readBareLink(ifname);
	}

	readRoutes(family: Family): Promise<Dump<Route>> {
		return this.#reader().readRoutes(family);
	}

	forgetNames(): void {
		this.#queries.forgetNames();
	}

	close(): void {
		this.#queries.close();
	}
}
