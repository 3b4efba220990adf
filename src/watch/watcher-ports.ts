import type {InterfaceTable} from '../model/interface-table.js';
import type {Delta, LookFacts, Picture} from '../model/picture.js';
import type {MonitorEvent} from '../probe/monitor/monitor-line.js';
import type {LinksSeen, LookOptions} from './look.js';

export interface WatcherOptions extends LookOptions {
	/** Between two full reads, give or take a quarter. */
	readonly pollIntervalMs: number;
	/** Number from which looks are counted: above all of an earlier run whose state goes on. */
	readonly firstSerial: number;
}

/** What the first look has seen of the links. */
export type FirstLinks = Pick<LinksSeen, 'seen' | 'unread'>;

export interface WatcherHandlers {
	/** The picture after a look, and what the look has changed in it. The first call has the whole picture of the start. */
	onPicture(picture: Picture, delta: Delta, look: LookFacts): void;
	/** Lines of the monitor, before the look that they lead to. */
	onLines(lines: readonly MonitorEvent[]): void;
	/** Events may have been lost; everything is read again. */
	onLoss(reason: string): void;
	/** The poll found so many changes that no event had reported. */
	onMissed(count: number): void;
	/** Hardware addresses under which the guest knows the links that it has, by identity. */
	announced(): ReadonlyMap<string, string>;
	/** The interface table of the first look. */
	firstTable(seen: FirstLinks, now: number): InterfaceTable;
	/** A fault of netmon's own. */
	onFault(error: unknown): void;
}
