import type {AnnouncedInterface, InterfaceRecord} from './announced.js';
import type {LinkIdentity} from './interface-table.js';

/** One call of the container runtime that is to be made. */
export type Step =
	| {readonly op: 'del-iface'; readonly entry: AnnouncedInterface}
	| {readonly op: 'add-iface'; readonly identity: LinkIdentity; readonly record: InterfaceRecord}
	| {readonly op: 'update-routes'};
