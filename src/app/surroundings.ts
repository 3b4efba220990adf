import type {Engine} from '../host/engine.js';
import type {EventFeed} from '../host/event-feed.js';
import type {Lacks} from '../process/lacks.js';
import type {DaemonLog} from '../report/log.js';
import type {HookRun} from './hook.js';
import type {Recording} from './recorded-run.js';
import type {Service} from './service.js';
import type {Ending} from './signals.js';

/** An engine with its feed and names. */
export interface WatchedEngine {
	readonly engine: Engine;
	readonly feed: EventFeed;
	readonly netns: string | undefined;
	readonly sandbox: string | undefined;
}

/** What all watches of this process share. */
export interface Surroundings {
	readonly log: DaemonLog;
	readonly lacks: Lacks;
	readonly ending: Ending;
	readonly recording: Recording | undefined;
	readonly hook: HookRun | undefined;
	readonly service: Service | undefined;
	/** @param lastSeq the number of the namespace's last event, if this is not its first feed */
	openFeed(netns: string | undefined, lastSeq?: number): EventFeed;
	/** Sets the engines that metrics and SIGUSR1 show. */
	show(engines: () => readonly WatchedEngine[]): void;
	/** The only namespace does not exist, and its name is waited for. */
	waits(netns: string): void;
	/** Call it after the start, for work that no start should wait for. */
	settled(): void;
}
