import type {CallReport} from '../model/call.js';
import type {Delta, LookFacts} from '../model/picture.js';
import type {MonitorEvent} from '../probe/monitor/monitor-line.js';

/** Learns what an engine sees and does. It must never slow the engine down. */
export interface EngineListener {
	/** What a look changed: called for links first, then for routes. */
	looked(delta: Delta, look: LookFacts): void;
	/** Events from the monitor, before the look that they lead to. */
	heard(lines: readonly MonitorEvent[]): void;
	/** Events may have been lost. */
	lost(reason: string): void;
	/** The poll found this many changes that no event reported. */
	missed(count: number): void;
	called(report: CallReport): void;
}
