import {deepEqual} from 'node:assert/strict';
import {existsSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import {replayed} from '../../src/app/replay.js';
import {parseRecorded} from '../../src/host/recorded.js';
import {checkReplayOptions} from '../../src/options/replay-options.js';
import type {RecordingRuntime} from './runtime.js';

let recordings = 0;

/** A file beside the runtime's own, which is removed with them. */
export function newRecording(runtime: RecordingRuntime): string {
	recordings += 1;
	return join(runtime.folder, `recording-${recordings}.ndjson`);
}

/** Issue 16: a replay makes the same calls as the run. */
export async function assertReplays(recording: string): Promise<void> {
	if (!existsSync(recording)) return;
	const lines = readFileSync(recording, 'utf8').split('\n').slice(0, -1).map(parseRecorded);
	const made = lines.flatMap((line) => (line?.what === 'call' ? [`{"op":"${line.op}","payload":${line.payload}}`] : []));
	const {text} = await replayed(checkReplayOptions([recording], {json: true}, {}));
	const calls = text.split('\n').slice(0, -1);
	// One that was killed may have been about to make one more.
	const wasKilled = !lines.some((line) => line?.what === 'stop');
	// Not by ava: a test's teardown may not assert.
	deepEqual(wasKilled && calls.length === made.length + 1 ? calls.slice(0, -1) : calls, made, 'a replay makes other calls');
}
