import type {EngineOptions, RuntimeSide} from '../host/engine.js';
import {recordingFormat} from '../host/recorded.js';
import {Recorder} from '../host/recorder.js';
import type {WatchOptions} from '../options/watch-options.js';
import type {Probe} from '../probe/probe.js';
import {type Clock, systemClock} from '../time/clock.js';
import {version} from '../version.js';
import type {RecordingFile} from './recording-file.js';

/** All inputs of an engine. */
export interface Surrounding {
	readonly clock: Clock;
	readonly probe: Probe;
	readonly runtime?: RuntimeSide;
	/** The check that the start waits for. */
	checked(check: Promise<void>): Promise<void>;
	/** The engine is about to be stopped. */
	stopped(): void;
}

/** The real inputs. With a recording, all of them are recorded on their way to the engine. */
export function surrounding(
	probe: Probe,
	runtime: RuntimeSide | undefined,
	recording: RecordingFile | undefined,
	{rules, pollIntervalMs, asksForAll = false, bareFrom}: EngineOptions,
	{profile, netns}: WatchOptions,
): Surrounding {
	if (recording === undefined) {
		return {clock: systemClock, probe, ...(runtime === undefined ? {} : {runtime}), checked: (check) => check, stopped: () => undefined};
	}
	const seed = Math.floor(Math.random() * 2 ** 32);
	const kept = runtime?.store.load();
	recording.write({
		what: 'run',
		format: recordingFormat,
		version,
		wall: new Date().toISOString(),
		...(netns === undefined ? {} : {netns}),
		seed,
		rules,
		pollIntervalMs,
		asksForAll,
		...(bareFrom === undefined ? {} : {bareFrom: Number.isFinite(bareFrom) ? bareFrom : null}),
		profile,
		...(runtime === undefined ? {} : {runtime: {kept: kept ?? null}}),
	});
	const recorder = new Recorder(systemClock, seed, (line) => recording.write(line));
	return {
		clock: recorder.clock,
		probe: recorder.probe(probe),
		...(runtime === undefined
			? {}
			: {runtime: {...runtime, consumer: recorder.consumer(runtime.consumer), store: recorder.store(runtime.store, kept)}}),
		checked: (check) => recorder.checked(check),
		stopped: () => recorder.stopped(),
	};
}
