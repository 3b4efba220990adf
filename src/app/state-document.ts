import {interfaceRecord} from '../model/event.js';
import type {NamespaceState, WatchState} from '../model/watch-state.js';
import {version} from '../version.js';
import type {WatchedEngine} from './surroundings.js';

/** The answer to `/state`. */
export function stateDocument(engines: readonly WatchedEngine[], since: string, now: Date): WatchState {
	return {v: 1, pid: process.pid, version, since, namespaces: engines.map((watched) => namespaceState(watched, now))};
}

function namespaceState({engine, netns, sandbox}: WatchedEngine, now: Date): NamespaceState {
	const {picture, figures} = engine;
	const {decisions, waiting, held, losses} = engine.inside();
	const at = (inMs: number) => new Date(now.getTime() + inMs).toISOString();
	return {
		netns: netns ?? null,
		sandbox: sandbox ?? null,
		interfaces: [...picture.table.values()].map(({link}) => interfaceRecord(link)),
		routes: [...picture.routes.values()].flat(),
		announced: engine.announced ?? null,
		decisions,
		waiting,
		held: held.map(({key, attempts, reason, stderr, inMs}) => ({
			...{call: key, attempts, reason, until: at(inMs)},
			...(stderr === undefined ? {} : {stderr}),
		})),
		losses: {count: losses.count, last: losses.lastAgoMs === undefined ? null : at(-losses.lastAgoMs)},
		missed: figures.drift,
	};
}
