import type {HeldReason, InterfaceReason, RouteReason} from './reason.js';

/** Why something is the way it is. docs/reasons.md lists every code. */
export type DecisionCode =
	| InterfaceReason['code']
	| RouteReason['code']
	| HeldReason['code']
	/** The interface is gone, and the consumer is to be told so. */
	| 'gone'
	/** The route is sent as the namespace has it. */
	| 'as-it-is';

/** What was decided about one interface or route, and from which facts. */
export interface Decision {
	readonly subject:
		| {readonly interface: string; readonly ifindex: number}
		| {readonly route: string; readonly family: string; readonly dev?: string; readonly gateway?: string};
	readonly decision:
		| 'announced'
		| 'to-announce'
		| 'to-delete'
		| 'kept'
		| 'waiting'
		| 'not-announced'
		| 'sent'
		| 'sent-changed'
		| 'left-out';
	readonly code: DecisionCode;
	readonly facts: Readonly<Record<string, unknown>>;
}
