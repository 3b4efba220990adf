import {availableParallelism} from 'node:os';
import type {EventFeed} from '../host/event-feed.js';
import type {FoundNamespace} from '../host/found-namespace.js';
import {HostChanges} from '../host/host-changes.js';
import {Host, type HostedWatch} from '../host/hosted.js';
import {identityOf, ownPath} from '../host/namespace.js';
import {NamespaceFinder} from '../host/namespace-finder.js';
import {keyOf} from '../host/roster.js';
import type {SeveralNamespaces} from '../options/several-namespaces.js';
import type {WatchOptions} from '../options/watch-options.js';
import {findIpProgram} from '../probe/ip-program.js';
import {fieldsLog} from '../report/fields-log.js';
import {isSandboxId} from '../runtime/sandbox.js';
import {CallLimit} from '../tell/call-limit.js';
import {systemClock} from '../time/clock.js';
import {openCheckedIp} from './checked-ip-file.js';
import {LastNumbers} from './last-numbers.js';
import {MemoryTrim} from './memory.js';
import type {Surroundings, WatchedEngine} from './surroundings.js';
import type {OpenNamespace} from './watched-namespace.js';

/** With up to this many namespaces, each keeps its processes ready, as a single one does: about 1.5 MB each (docs/performance.md). */
const mostWarm = 4;
/** A namespace that cannot be read delays the report to the service manager by this at most. */
const readyLimitMs = 20_000;
/** How many names to remember that cannot be a sandbox's, so that each is reported once. */
const mostWithoutSandbox = 10_000;

/**
 * Watches the chosen namespaces as they come and go, until the end is requested.
 *
 * @param openNamespace passed in, so that the bundle for several namespaces does not contain all of netmon once more (build.mjs)
 */
export async function watchHost(
	options: WatchOptions,
	several: SeveralNamespaces,
	around: Surroundings,
	openNamespace: OpenNamespace,
): Promise<void> {
	const {log, lacks, ending, hook} = around;
	const own = identityOf(ownPath);
	const base = findIpProgram(options.ip, ownPath, process.env['PATH'] ?? '', lacks);
	const checkedIp = openCheckedIp(base, options, log);
	await checkedIp.check();
	const finder = new NamespaceFinder(several.choice);
	const calls = new CallLimit(options.jobs ?? availableParallelism(), systemClock);
	const memory = new MemoryTrim();
	const feeds = new Map<string, EventFeed>();
	const numbers = new LastNumbers();
	const engines = new Map<string, WatchedEngine>();
	around.show(() => [...engines.values()]);
	/** Names that are no valid sandbox id. */
	const withoutSandbox = new Set<string>();

	const sandboxOf = ({name}: FoundNamespace) => (name === undefined ? undefined : several.sandboxOf?.(name));
	const canBeWatched = (found: FoundNamespace): boolean => {
		if (several.sandboxOf === undefined) return true;
		const sandbox = sandboxOf(found);
		if (sandbox !== undefined && isSandboxId(sandbox)) return true;
		const key = keyOf(found);
		if (!withoutSandbox.has(key)) log.warn({netns: found.name, sandbox}, 'a namespace is left out, its name is not a valid sandbox id');
		// Names of processes never return: do not keep them for ever.
		if (withoutSandbox.size >= mostWithoutSandbox) withoutSandbox.clear();
		withoutSandbox.add(key);
		return false;
	};

	let saidHidden = false;
	const find = (now: number): FoundNamespace[] => {
		const found = finder.find(now);
		if (finder.hidesSome && !saidHidden) {
			saidHidden = true;
			log.warn({needs: 'CAP_SYS_PTRACE'}, 'processes of others hide their namespaces, those without a name are not watched');
		}
		return found.filter(canBeWatched);
	};

	const host: Host = new Host({
		clock: systemClock,
		log,
		find,
		onNamespace(found, what) {
			const key = keyOf(found);
			const feed = feeds.get(key) ?? around.openFeed(found.name, numbers.take(key));
			feeds.set(key, feed);
			feed.namespace(what, found.process);
			if (what === 'found') return;
			feed.stop();
			feeds.delete(key);
			numbers.keep(key, feed.seq);
		},
		open(found, onFailed): HostedWatch {
			const key = keyOf(found);
			const feed = feeds.get(key);
			if (feed === undefined) throw new Error(`no feed for ${key}`);
			const sandbox = sandboxOf(found);
			const isOwn = found.identity === own;
			const namespace = {path: found.path, identity: found.identity, own: isOwn, named: !isOwn};
			const watched = openNamespace(
				namespace,
				{...options, netns: found.name, sandbox},
				{
					log: fieldsLog(log, {netns: found.name ?? 'own', ...(sandbox === undefined ? {} : {sandbox})}),
					feed,
					program: {...base, netns: isOwn ? undefined : found.path},
					checkedIp,
					thrifty: () => host.size > mostWarm,
					limit: calls,
					hook,
					onWork: (count) => memory.note(count),
					onLost: onFailed,
				},
			);
			let over: () => void = () => undefined;
			const isOver = new Promise<void>((resolve) => {
				over = resolve;
			});
			let stopping: Promise<void> | undefined;
			return {
				async start() {
					engines.set(key, {engine: watched.engine, feed, netns: found.name, sandbox});
					await Promise.race([watched.start(), isOver]);
					if (stopping !== undefined) return;
					log.info({ip: base.path, netns: found.name, path: found.path}, 'watching');
					watched.engine.prepare();
					if (host.size <= mostWarm) watched.prepare();
				},
				stop(what) {
					over();
					if (engines.get(key)?.engine === watched.engine) engines.delete(key);
					stopping ??= watched.stop(what === 'gone' || what === 'replaced' ? 'is fresh' : 'goes on');
					return stopping;
				},
			};
		},
	});
	const changes = new HostChanges(() => host.look());
	host.look();
	void host.started(readyLimitMs).then(() => around.service?.ready());
	if (host.size === 0)
		log.warn({netns: [...several.choice.names, ...several.choice.patterns]}, 'no such namespace is there yet, waiting for one');
	around.settled();
	try {
		await new Promise<void>((resolve) => ending.onAsked(resolve));
	} finally {
		changes.stop();
		memory.stop();
		await host.stop();
		for (const feed of feeds.values()) feed.stop();
	}
}
