import type {Consumer, RuntimeCall} from '../model/call.js';
import type {BareLink, Family, Link} from '../model/link.js';
import type {Route} from '../model/route.js';
import type {StateStore} from '../model/state.js';
import type {Probe} from '../probe/probe.js';
import type {Dump} from '../probe/read/dump.js';
import type {Clock} from '../time/clock.js';

/** What an engine gets from a recording, in place of the kernel, the runtime and the disk. */
export interface RecordedInputs {
	readonly clock: Clock;
	readonly probe: Probe;
	readonly consumer: Consumer<RuntimeCall>;
	readonly store: StateStore;
	/** The start waits for it. */
	readonly check: Promise<void>;
}

/** Answers questions from a recording. */
export interface Answers {
	links(): Dump<Link>;
	link(ifname: string): Dump<Link> | undefined;
	bareLink(ifname: string): Dump<BareLink> | undefined;
	routes(family: Family): Dump<Route>;
}

/** A probe whose answers come from a recording. The recorder names the questions in the same words. */
export function recordedProbe(
	startMonitor: Probe['startMonitor'],
	ask: <Answer>(question: string, answer: (from: Answers) => Answer) => Promise<Answer>,
): Probe {
	return {
		startMonitor,
		prepare: () => undefined,
		readLinks: () => ask('links', (from) => from.links()),
		readLink: (ifname) => ask(`link ${ifname}`, (from) => from.link(ifname)),
		readBareLink: (ifname) => ask(`bare link ${ifname}`, (from) => from.bareLink(ifname)),
		readRoutes: (family) => ask(`routes ${family}`, (from) => from.routes(family)),
		forgetNames: () => undefined,
		close: () => undefined,
	};
}
