import {rememberLinks} from '../diff/remember.js';
import type {Engine, EngineOptions, RuntimeSide} from '../host/engine.js';
import {type Recorded, type RunLine, recordingFormat} from '../host/recorded.js';
import {Recorder} from '../host/recorder.js';
import type {Log} from '../model/log.js';
import type {KeptState} from '../model/state.js';
import type {RecordChoice, WatchOptions} from '../options/watch-options.js';
import type {Probe} from '../probe/probe.js';
import {type Clock, systemClock} from '../time/clock.js';
import {version} from '../version.js';
import {openRecordingFile, type RecordingFile} from './recording-file.js';

/** All inputs of an engine. */
export interface Surrounding {
	readonly clock: Clock;
	readonly probe: Probe;
	readonly runtime?: RuntimeSide;
	/** The check that the start waits for. */
	checked(check: Promise<void>): Promise<void>;
	/** Sets the engine that gets these inputs. */
	made(engine: Engine): void;
	/** The engine is about to be stopped. */
	stopped(): void;
}

/** Records a watch. */
export interface Recording {
	/** Records the inputs of an engine on their way to it. */
	around(probe: Probe, runtime: RuntimeSide | undefined, settings: EngineOptions, options: WatchOptions): Surrounding;
	flush(limitMs: number): Promise<void>;
}

/** Throws an OutputUnavailableError if the file cannot be made. */
export function openRecording(choice: RecordChoice, log: Log): Recording {
	const file = openRecordingFile(choice, log);
	return {
		around: (probe, runtime, settings, options) => recorded(file, probe, runtime, settings, options),
		flush: (limitMs) => file.flush(limitMs),
	};
}

function recorded(
	recording: RecordingFile,
	probe: Probe,
	runtime: RuntimeSide | undefined,
	{rules, pollIntervalMs, asksForAll = false, bareFrom}: EngineOptions,
	{profile, netns}: WatchOptions,
): Surrounding {
	const seed = Math.floor(Math.random() * 2 ** 32);
	const kept = runtime?.store.load();
	const run: RunLine = {
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
	};
	recording.write(run);
	const recorder = new Recorder(
		systemClock,
		() => new Date(),
		seed,
		(line) => recording.write(line),
	);
	return {
		clock: recorder.clock,
		probe: recorder.probe(probe),
		...(runtime === undefined
			? {}
			: {runtime: {...runtime, consumer: recorder.consumer(runtime.consumer), store: recorder.store(runtime.store, kept)}}),
		checked: (check) => recorder.checked(check),
		made: (engine) => {
			let number = 1;
			recording.beginPartsWith(() => {
				number += 1;
				return headOf(run, number, recorder, engine);
			});
		},
		stopped: () => {
			recording.beginPartsWith(undefined);
			recorder.stopped();
		},
	};
}

/** The lines with which a further file of a recording begins. */
export function headOf(run: RunLine, number: number, recorder: Recorder, engine: Engine): readonly Recorded[] {
	const part = {number, at: recorder.clock.now()};
	return [{...run, part, ...(run.runtime === undefined ? {} : {runtime: {kept: keptBy(engine)}})}, ...recorder.head(engine.picture)];
}

/** What this run would leave for the next one if it were killed now. */
function keptBy({announced, picture, figures}: Engine): KeptState | null {
	if (announced === undefined) return null;
	return {state: {announced, links: rememberLinks(picture.table, announced), serial: figures.looks}};
}
