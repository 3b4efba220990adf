import {visibleText} from '../text/byte-text.js';
import {counted} from './event-words.js';

/** What is watched now, as `systemctl status` shows it. */
export interface WatchStatus {
	/** The namespace whose name is waited for. */
	readonly waitsFor: string | undefined;
	/** Whether there may be several namespaces. */
	readonly several: boolean;
	readonly watched: readonly {readonly netns: string | undefined; readonly interfaces: number; readonly routes: number}[];
}

export function statusWords({waitsFor, several, watched}: WatchStatus): string {
	if (waitsFor !== undefined) return visibleText(`Waiting for the namespace ${waitsFor}`);
	const interfaces = watched.reduce((sum, each) => sum + each.interfaces, 0);
	const routes = watched.reduce((sum, each) => sum + each.routes, 0);
	const what = several ? counted(watched.length, 'namespace') : (watched[0]?.netns ?? 'this namespace');
	return visibleText(`Watching ${what}: ${counted(interfaces, 'interface')}, ${counted(routes, 'route')}`);
}
