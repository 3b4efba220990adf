import {accessSync, constants, existsSync, statfsSync} from 'node:fs';
import {dirname} from 'node:path';
import {type Namespace, resolveNamespace} from '../host/namespace.js';
import {isUserError, messageOf} from '../model/errors.js';
import {type Finding, fail, ok} from '../model/finding.js';
import type {DoctorOptions} from '../options/doctor-options.js';
import {BatchQueries} from '../probe/ask/batch-queries.js';
import {OneShotQueries} from '../probe/ask/one-shot-queries.js';
import {findIpProgram, type IpProgram} from '../probe/ip-program.js';
import {checkIpVersion} from '../probe/ip-version.js';
import {MonitorProcess} from '../probe/monitor/monitor-process.js';
import {listeningSocket} from '../probe/monitor/netlink-sockets.js';
import {SnapshotReader} from '../probe/read/snapshot.js';
import {collect} from '../process/collect.js';
import {findProgram, userProgram} from '../process/find-program.js';
import {Mortality} from '../process/mortal.js';
import {SpawnError} from '../process/spawn-error.js';
import {examineService} from './examine-service.js';
import {
	type Directory,
	judgeBatch,
	judgeDeathSignal,
	judgeHelpers,
	judgeMonitor,
	judgeNexthopGroup,
	judgeNode,
	judgePrivileges,
	judgeRuntime,
	judgeStateDirectory,
	type MonitorSeen,
} from './judge.js';
import {readText} from './read-text.js';

/** The longest wait for an answer of the batch. */
const batchLimitMs = 3000;
const setprivLimitMs = 3000;

/** Checks everything that netmon needs by trying it. Changes nothing, and leaves no process behind. */
export async function examine(options: DoctorOptions, searchPath: string): Promise<Finding[]> {
	const {runtime, stateDir} = options;
	const namespace = attempt('namespace', () => resolveNamespace(options.netns));
	const own = 'level' in namespace ? options.netns === undefined : namespace.own;
	return [
		judgeNode(process.version),
		'level' in namespace ? namespace : ok('namespace', own ? `${namespace.path}, netmon's own` : namespace.path),
		...('level' in namespace ? [] : await examineIp(options, namespace, searchPath)),
		judgePrivileges(readText('/proc/self/status'), own),
		...judgeHelpers(findProgram('setpriv', searchPath), await signalRefusal(searchPath), findProgram('nsenter', searchPath), own),
		judgeStateDirectory(describeDirectory(stateDir), runtime !== undefined),
		...(runtime === undefined ? [] : [judgeRuntime(userProgram(runtime, searchPath))]),
		...(await examineService(searchPath)),
	];
}

async function examineIp({ip, families}: DoctorOptions, namespace: Namespace, searchPath: string): Promise<Finding[]> {
	const program = attempt('ip', () => findIpProgram(ip, namespace.own ? undefined : namespace.path, searchPath));
	if ('level' in program) return [program];
	const version = await attemptLater('ip', async () => ok('ip', `${program.path}, ${await checkIpVersion(program)}`));
	if (version.level === 'fail') return [version];
	const queries = new OneShotQueries(program);
	const reader = new SnapshotReader(queries);
	const links = await attemptLater('links', async () => {
		const {entries} = await reader.readLinks();
		return ok('links', `${entries.length} in the JSON of ip -j -d addr show`);
	});
	if (links.level === 'fail') return [version, links];
	const routes = await attemptLater('routes', async () => {
		const lists = await Promise.all(families.map((family) => reader.readRoutes(family)));
		return ok('routes', `${lists.flatMap(({entries}) => entries).length} in the JSON of ip -j -d route show`);
	});
	const monitor = judgeMonitor(await seeMonitor(program));
	const {lacks} = program.mortality;
	const cleared = (await signalRefusal(searchPath)) === undefined ? lacks.reason('death-signal') : undefined;
	const nexthops = lacks.reason('nexthop-group');
	return [
		version,
		links,
		routes,
		judgeBatch(await batchAnswers(program)),
		monitor,
		...(cleared === undefined ? [] : [judgeDeathSignal(cleared)]),
		...(nexthops === undefined ? [] : [judgeNexthopGroup(nexthops)]),
	];
}

/** What setpriv prints if it does not know the death signal, found out by trying; undefined if it knows it. */
async function signalRefusal(searchPath: string): Promise<string | undefined> {
	const mortality = new Mortality(searchPath);
	try {
		await collect({file: '/bin/sh', args: ['-c', ':']}, mortality, {limitMs: setprivLimitMs});
	} catch (error) {
		// No process can be started at all; other findings say so.
		if (!(error instanceof SpawnError)) throw error;
	}
	return mortality.lacks.reason('death-signal');
}

async function batchAnswers(program: IpProgram): Promise<boolean> {
	const queries = new BatchQueries(program);
	let timer: NodeJS.Timeout | undefined;
	try {
		const late = new Promise<boolean>((resolve) => {
			timer = setTimeout(() => resolve(false), batchLimitMs);
		});
		const asked = queries.ask({family: 'inet', words: ['link', 'show', 'dev', 'lo']}, ({ok: answered}) => answered);
		return await Promise.race([asked.catch(() => false), late]);
	} finally {
		clearTimeout(timer);
		queries.close();
	}
}

async function seeMonitor(program: IpProgram): Promise<MonitorSeen> {
	const begun = performance.now();
	let reason: string | undefined;
	const monitor = new MonitorProcess(program, {
		onEvents() {},
		onLoss() {},
		onEnd(why) {
			reason = why;
		},
	});
	const ready = await monitor.ready;
	if (monitor.pid !== undefined) program.mortality.blameProgram(monitor.pid, program.path);
	const socketSeen = monitor.pid !== undefined && listeningSocket(monitor.pid) !== undefined;
	const ms = Math.ceil(performance.now() - begun);
	monitor.close();
	if (reason !== undefined) return {outcome: 'ended', reason};
	return ready ? {outcome: 'ready', ms, socketSeen} : {outcome: 'assumed'};
}

function describeDirectory(path: string): Directory {
	let existing = path;
	while (!existsSync(existing) && dirname(existing) !== existing) existing = dirname(existing);
	try {
		accessSync(existing, constants.W_OK | constants.X_OK);
		const {bavail, bsize} = statfsSync(existing);
		return {path, existing, writable: true, freeBytes: bavail * bsize};
	} catch {
		return {path, existing, writable: false, freeBytes: undefined};
	}
}

/** Turns an error for the user into a finding. */
function attempt<Result>(what: string, get: () => Result): Result | Finding {
	try {
		return get();
	} catch (error) {
		return failure(what, error);
	}
}

async function attemptLater(what: string, get: () => Promise<Finding>): Promise<Finding> {
	try {
		return await get();
	} catch (error) {
		return failure(what, error);
	}
}

function failure(what: string, error: unknown): Finding {
	if (!isUserError(error)) throw error;
	return fail(what, messageOf(error), error.advice);
}
