import type {Announced, AnnouncedInterface} from '../model/announced.js';
import {sameRecord} from './record.js';

/** A difference between what the consumer has at the end of a replay and at the end of the run. */
export interface EndDifference {
	/** The name of an interface; undefined for the routes. */
	readonly interface?: string;
	readonly text: string;
}

/** Leaves out what is unknown at the end of the run because its last call failed. */
export function compareEnds(recorded: Announced, replayed: Announced): readonly EndDifference[] {
	const before = byName(recorded.interfaces);
	const after = byName(replayed.interfaces);
	const names = [...new Set([...before.keys(), ...after.keys()])].toSorted();
	const differences = names.flatMap((name): EndDifference[] => {
		const text = differenceOf(before.get(name), after.get(name));
		return text === undefined ? [] : [{interface: name, text}];
	});
	if (recorded.routes === undefined || recorded.routes === replayed.routes) return differences;
	return [...differences, {text: replayed.routes === undefined ? 'the last list of routes was refused' : 'another list of routes'}];
}

function byName(interfaces: readonly AnnouncedInterface[]): ReadonlyMap<string, AnnouncedInterface> {
	return new Map(interfaces.map((entry) => [entry.record.name, entry]));
}

function differenceOf(before: AnnouncedInterface | undefined, after: AnnouncedInterface | undefined): string | undefined {
	if (before?.standing === 'unsure') return undefined;
	const had = before?.standing === 'told';
	if (after?.standing === 'unsure') return 'its last call failed';
	const has = after?.standing === 'told';
	if (had !== has) return has ? 'the runtime has it in the replay only' : 'the runtime lacks it';
	if (!has || before === undefined || after === undefined || sameRecord(before.record, after.record)) return undefined;
	return 'the runtime has it with other addresses, MTU or hardware address';
}
