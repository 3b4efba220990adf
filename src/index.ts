export {type WatchSettings, watch} from './library/watch.js';
export type {Change, ChangeAction, Difference, InterfaceChange, RouteChange} from './model/change.js';
export {UserError} from './model/errors.js';
export type {Address, Family, Link} from './model/link.js';
export type {NextHop, Route} from './model/route.js';
