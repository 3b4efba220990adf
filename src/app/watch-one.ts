import type {EventFeed} from '../host/event-feed.js';
import {type Namespace, namespaceIfThere, namespacePath, resolveNamespace} from '../host/namespace.js';
import {NamespaceWatch, namespaceAppears} from '../host/namespace-watch.js';
import {namespaceLeft} from '../model/errors.js';
import type {WatchOptions} from '../options/watch-options.js';
import {findIpProgram} from '../probe/ip-program.js';
import {MemoryTrim} from './memory.js';
import type {Surroundings} from './surroundings.js';
import {openNamespace, type WatchedNamespace} from './watched-namespace.js';

/** How long after the start the first picture has been handled, so that there is time to prepare for later. */
const settledMs = 30;

/** Watches one namespace until the end is requested. Rejects if the namespace goes and netmon should not wait for its name. */
export async function watchOne(options: WatchOptions, around: Surroundings): Promise<void> {
	const {log} = around;
	const feed = around.openFeed(options.netns);
	try {
		while (await namespaceIsThere(options, around)) {
			const namespace = options.follow ? namespaceIfThere(options.netns) : resolveNamespace(options.netns);
			if (namespace === undefined) continue;
			if (options.follow) feed.namespace('found');
			const gone = await watchOnce(namespace, options, around, feed);
			if (gone === undefined) return;
			feed.namespace(gone);
			if (!options.follow) throw namespaceLeft(options.netns, gone);
			log.warn({netns: options.netns, reason: gone}, 'the namespace is gone, waiting for its name');
		}
	} finally {
		feed.stop();
	}
}

async function namespaceIsThere({netns, follow}: WatchOptions, {ending, log, waits}: Surroundings): Promise<boolean> {
	if (netns === undefined || !follow) return true;
	log.info({netns}, 'waiting for the namespace');
	return namespaceAppears(
		namespacePath(netns),
		(call) => ending.onAsked(call),
		() => waits(netns),
	);
}

/** Runs one watch to its end. Resolves to what happened to the namespace, or to undefined if the end was requested. */
async function watchOnce(
	namespace: Namespace,
	options: WatchOptions,
	around: Surroundings,
	feed: EventFeed,
): Promise<'gone' | 'replaced' | undefined> {
	const {log, lacks, ending, recording, hook} = around;
	const {netns, sandbox} = options;
	const program = findIpProgram(options.ip, namespace.own ? undefined : namespace.path, process.env['PATH'] ?? '', lacks);
	let gone: 'gone' | 'replaced' | undefined;
	let lost: Error | undefined;
	let over: () => void = () => undefined;
	const isOver = new Promise<void>((resolve) => {
		over = resolve;
	});
	const forgetEnding = ending.onAsked(over);
	let memory: MemoryTrim | undefined;
	let watched: WatchedNamespace | undefined;
	let namespaceWatch: NamespaceWatch | undefined;
	try {
		watched = openNamespace(namespace, options, {
			...{log, feed, recording, hook, program},
			onWork: (count) => memory?.note(count),
			onLost: (error) => {
				lost = error;
				over();
			},
		});
		const {engine} = watched;
		namespaceWatch = new NamespaceWatch(namespace, (what) => {
			gone = what;
			over();
		});
		around.show(() => [{engine, feed, netns, sandbox}]);
		await Promise.race([namespaceWatch.unlessGone(watched.start()), isOver]);
		if (ending.reason === undefined && gone === undefined && lost === undefined) {
			log.info({ip: program.path, netns: namespace.path}, 'watching');
			// After the first picture has been saved.
			setImmediate(() => engine.prepare());
			setTimeout(() => {
				memory = new MemoryTrim();
				watched?.prepare();
				around.service?.ready();
				around.settled();
			}, settledMs).unref();
			await isOver;
		}
	} finally {
		forgetEnding();
		namespaceWatch?.stop();
		memory?.stop();
		await watched?.stop(gone !== undefined && options.follow ? 'is fresh' : 'goes on');
	}
	if (lost !== undefined) throw lost;
	return ending.reason === undefined ? gone : undefined;
}
