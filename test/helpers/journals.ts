import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import type {ExecutionContext} from 'ava';
import {segmentName} from '../../src/journal/segment.js';
import {type Event, type EventBody, eventVersion} from '../../src/model/event.js';
import {scratchFolder} from './runtime.js';

export const noon = Date.UTC(2026, 10, 26, 12);

/** A directory that is removed after the test. */
export function scratch(t: ExecutionContext<unknown>): string {
	const {path, close} = scratchFolder();
	t.teardown(close);
	return path;
}

/** Events with numbers and times, one second apart. */
export function numbered(
	bodies: readonly EventBody[],
	{from = 1, begins = noon}: {readonly from?: number; readonly begins?: number} = {},
): Event[] {
	return bodies.map((body, index) => ({v: eventVersion, time: new Date(begins + index * 1000).toISOString(), seq: from + index, ...body}));
}

export function writeSegment(directory: string, begins: number, number: number, events: readonly Event[], rest = '', pid = 7): void {
	writeFileSync(join(directory, segmentName(begins, pid, number)), events.map((event) => `${JSON.stringify(event)}\n`).join('') + rest);
}
