import type {InterfaceTable} from '../model/interface-table.js';
import type {Delta, LookFacts, Picture} from '../model/picture.js';
import type {MonitorEvent} from '../probe/monitor/monitor-line.js';
import type {LinksSeen, LookOptions} from './look.js';

export interface WatcherOptions extends LookOptions {
	/** Time between two full reads, varied by up to a quarter. */
	readonly pollIntervalMs: number;
	/** The number of the first look. It continues the numbers of an earlier run whose state is resumed. */
	readonly firstSerial: number;
}

export interface WatcherHandlers {
	/** The picture after a look, and what the look changed in it. The first call carries the whole first picture. */
	onPicture(picture: Picture, delta: Delta, look: LookFacts): void;
	/** Events from the monitor, before the look that they lead to. */
	onLines(lines: readonly MonitorEvent[]): void;
	/** Events may be lost; everything is read again. */
	onLoss(reason: string): void;
	/** The poll found this many changes that no event reported. */
	onMissed(count: number): void;
	/** Hardware addresses under which the guest knows its links, by identity; undefined if there is no guest. */
	announced(): ReadonlyMap<string, string> | undefined;
	/** Makes the interface table of the first look. */
	firstTable(seen: Pick<LinksSeen, 'seen' | 'unread'>, now: number): InterfaceTable;
	/** A fault in netmon itself. */
	onFault(error: unknown): void;
}
