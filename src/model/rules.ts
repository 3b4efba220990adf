import type {Family} from './link.js';

export type OnChange = 'ignore' | 'first-address' | 'replace';

/** The choices that docs/rules.md leaves to the user. */
export interface Rules {
	readonly families: readonly Family[];
	readonly onChange: OnChange;
	readonly addressWaitMs: number;
	/** Whether routes of protocol `kernel` are sent (profile `kata-1.5`). */
	readonly kernelRoutes: boolean;
}
