import {Engine, type EngineOptions, type RuntimeSide} from '../host/engine.js';
import type {EventFeed} from '../host/event-feed.js';
import type {Namespace} from '../host/namespace.js';
import type {Log} from '../model/log.js';
import {chosenTricks, type Tricks} from '../options/tricks.js';
import type {WatchOptions} from '../options/watch-options.js';
import type {CheckedIp} from '../probe/checked-ip.js';
import type {IpProgram} from '../probe/ip-program.js';
import {IpProbe} from '../probe/probe.js';
import {routeTables} from '../probe/route-tables.js';
import type {CallLimit} from '../tell/call-limit.js';
import {systemClock} from '../time/clock.js';
import {openCheckedIp} from './checked-ip-file.js';
import type {HookRun} from './hook.js';
import type {Recording, Surrounding} from './recorded-run.js';
import {drySide, openRuntimeSide} from './runtime-side.js';

/** After a SIGTERM, how long a running call may go on. */
const stopGraceMs = 10_000;

/** What the watch of a namespace needs. */
export interface Around {
	readonly log: Log;
	readonly feed: EventFeed;
	readonly recording?: Recording | undefined;
	/** How to start `ip` in the namespace. */
	readonly program: IpProgram;
	/** What is known about `ip`, if several watches share it. */
	readonly checkedIp?: CheckedIp;
	/** Whether so many namespaces are watched that each must cost little. */
	readonly thrifty?: () => boolean;
	/** The limit for calls of all namespaces. */
	readonly limit?: CallLimit;
	/** The program to run for each change. */
	readonly hook?: HookRun | undefined;
	/** This many lines were read, or changes found. */
	readonly onWork: (count: number) => void;
	/** Another netmon has taken over the sandbox. */
	readonly onLost: (error: Error) => void;
}

/** One watched namespace, with one consumer or none. */
export interface WatchedNamespace {
	readonly engine: Engine;
	/** Resolves when it is watching and has the first picture. */
	start(): Promise<void>;
	/** Prepares for the first call. Call it when there is time. */
	prepare(): void;
	/** What was announced is kept for the next start, unless that should be a fresh one. */
	stop(next: 'goes on' | 'is fresh'): Promise<void>;
}

export type OpenNamespace = typeof openNamespace;

/** Opens everything for one namespace and starts nothing. Throws if the sandbox or the runtime cannot be used. */
export function openNamespace(namespace: Namespace, options: WatchOptions, around: Around): WatchedNamespace {
	const {sandbox, runtime, dryRun} = options;
	const {log, feed, program, recording, thrifty, onWork, onLost, limit} = around;
	const tricks = chosenTricks(process.env);
	const open =
		sandbox === undefined || runtime === undefined || dryRun
			? undefined
			: openRuntimeSide(sandbox, runtime, options, namespace, {log, mortality: program.mortality, onLost});
	const side = open === undefined ? undefined : {...open.side, consumer: limit?.limited(open.side.consumer) ?? open.side.consumer};
	const runtimeSide = side ?? (dryRun ? drySide(options) : undefined);
	try {
		const checkedIp = around.checkedIp ?? openCheckedIp(program, options, log);
		const ip = new IpProbe(program, log, {
			...tricks,
			tables: routeTables(options.table),
			knowledge: checkedIp,
			...(thrifty === undefined ? {} : {thrifty}),
		});
		const settings = engineOptions(options, tricks);
		const {checked, made, stopped, ...ports} = recording?.around(ip, runtimeSide, settings, options) ?? unrecorded(ip, runtimeSide);
		const audience = around.hook?.open(options, namespace, around);
		const engine = new Engine({...ports, ...(audience && {audience}), log, events: feed, onWork}, settings);
		made(engine);
		// These run while the monitor starts. Nothing is told before both have succeeded.
		const check = async () => void (await Promise.all([checkedIp.check(), open?.own()]));
		return {
			engine,
			start: () => engine.start(() => checked(check())),
			prepare: () => open?.prepare(),
			async stop(next) {
				stopped();
				await engine.stop(stopGraceMs);
				await open?.leave(next);
			},
		};
	} catch (error) {
		void open?.leave('goes on');
		throw error;
	}
}

function unrecorded(probe: IpProbe, runtime: RuntimeSide | undefined): Surrounding {
	const nothing = () => undefined;
	return {clock: systemClock, probe, ...(runtime && {runtime}), checked: (check) => check, made: nothing, stopped: nothing};
}

function engineOptions(options: WatchOptions, {single, bare}: Tricks): EngineOptions {
	const {families, onChange, addressWaitMs, profile, intervalMs} = options;
	return {
		rules: {families, onChange, addressWaitMs, kernelRoutes: profile === 'kata-1.5'},
		pollIntervalMs: intervalMs,
		asksForAll: !single,
		...(bare ? {} : {bareFrom: Number.POSITIVE_INFINITY}),
	};
}
