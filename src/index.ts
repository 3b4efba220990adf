export type {EventTopic} from './diff/event-filter.js';
export {type Snapshot, type SnapshotSettings, snapshot} from './library/snapshot.js';
export {type WatchSettings, watch} from './library/watch.js';
export {UserError} from './model/errors.js';
export type {
	Because,
	Cause,
	Difference,
	Event,
	EventKind,
	FlagsDifference,
	InterfaceName,
	InterfaceRecord,
	ValueDifference,
} from './model/event.js';
export type {Address, Family, Link} from './model/link.js';
export type {NextHop, Route, Via} from './model/route.js';
