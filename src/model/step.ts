import type {AnnouncedInterface, AnnouncedRecord} from './announced.js';
import type {LinkIdentity} from './interface-table.js';

export interface AddStep {
	readonly op: 'add-iface';
	readonly identity: LinkIdentity;
	readonly record: AnnouncedRecord;
}

/** One call to the container runtime that has to be made. */
export type Step = {readonly op: 'del-iface'; readonly entry: AnnouncedInterface} | AddStep | {readonly op: 'update-routes'};
