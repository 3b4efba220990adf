import {randomBytes} from 'node:crypto';
import {anonymize} from '../host/anonymize.js';
import type {Recorded} from '../host/recorded.js';
import {exitCode} from '../model/errors.js';
import {print} from '../report/print.js';
import {type RecordedRun, readRecording} from './read-recording.js';
import {nobody, replayExactly} from './replayed-engines.js';
import {runtimeForm} from './runtime-side.js';

/** Prints a recording with other names and addresses, so that it can be shared. Resolves to the exit code. */
export async function printAnonymized(files: readonly string[]): Promise<number> {
	const runs = readRecording(files);
	const fingerprints = await fingerprintsIn(runs);
	const lines = runs.flatMap(({run, lines: own}): readonly Recorded[] => [run, ...own]);
	const {fingerprint} = runtimeForm('kata-1.13');
	const other = anonymize(
		lines,
		() => randomBytes(16).toString('hex'),
		(known, payload) => fingerprint(payload(fingerprints.get(known) ?? (known.startsWith('[') ? known : '[]'))),
	);
	await print(other.lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
	return exitCode.done;
}

/** The route lists behind the fingerprints that earlier runs left: of a long list only a digest is kept. */
async function fingerprintsIn(runs: readonly RecordedRun[]): Promise<ReadonlyMap<string, string>> {
	const lists = new Map<string, string>();
	for (const recorded of runs) {
		const routes = recorded.run.runtime?.kept?.state.announced.routes;
		if (routes === undefined || routes.startsWith('[') || recorded.run.part !== undefined) continue;
		await replayExactly(recorded, nobody, (fingerprint, payload) => lists.set(fingerprint, payload));
	}
	return lists;
}
