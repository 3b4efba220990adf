import {headOf} from '../../src/app/recorded-run.js';
import {openRecordingFile} from '../../src/app/recording-file.js';
import {runtimeForm} from '../../src/app/runtime-side.js';
import {Engine, type EngineOptions} from '../../src/host/engine.js';
import {type RunLine, recordingFormat} from '../../src/host/recorded.js';
import {Recorder} from '../../src/host/recorder.js';
import {silentLog} from '../../src/model/log.js';
import type {OnChange} from '../../src/model/rules.js';
import {Happenings} from '../chaos/happenings.js';
import {Kernel} from '../chaos/kernel.js';
import {Random} from '../chaos/random.js';
import {faultlessRuntime, SimulatedRuntime, SimulatedSandbox} from '../chaos/simulated-consumer.js';
import {Disk, SimulatedStore} from '../chaos/simulated-disk.js';
import {faultlessIp, SimulatedIp} from '../chaos/simulated-ip.js';
import {RunClock, VirtualTime} from '../chaos/virtual-clock.js';

export interface SimulatedRecording {
	/** How many files were written, of which the oldest are gone. */
	readonly parts: number;
	/** The calls that were made, as `replay --json` prints them. */
	readonly calls: readonly string[];
	/** Every name that a link has had. */
	readonly names: ReadonlySet<string>;
}

interface Simulation {
	/** The probability that a call fails. */
	readonly fails?: number;
	readonly pollIntervalMs?: number;
	/** How much happens. */
	readonly happenings?: number;
	readonly onChange?: OnChange;
	/** Nobody is called. */
	readonly observer?: boolean;
	/** What its files may take together. */
	readonly sizeBytes?: number;
}

/** Longer than a busy machine takes. */
const flushLimitMs = 60_000;

const begun = Date.UTC(2026, 10, 26, 12);

/** Records what an engine does in a random history of a simulated kernel; always the same for a seed. */
export async function simulateRecording(
	path: string,
	seed: number,
	{fails = 0, pollIntervalMs = 5000, happenings: count = 30, onChange = 'replace', observer = false, sizeBytes = 1e9}: Simulation = {},
): Promise<SimulatedRecording> {
	const rng = new Random(seed);
	const time = new VirtualTime();
	const kernel = new Kernel();
	const names = new Set<string>();
	kernel.onLink = ({ifname}) => void names.add(ifname);
	const happenings = new Happenings(kernel, rng, {sharedAddresses: false});
	for (let happened = 0; happened < 8; happened += 1) happenings.next();
	const options: EngineOptions = {
		rules: {families: ['inet', 'inet6'], onChange, addressWaitMs: 100, kernelRoutes: false},
		pollIntervalMs,
		asksForAll: false,
	};
	const clock = new RunClock(time, rng);
	const ip = new SimulatedIp(kernel, clock, rng, faultlessIp(5, 20));
	const faults = {...faultlessRuntime(20), failsBefore: fails};
	const sandbox = new SimulatedSandbox([], false, true);
	const calls: string[] = [];
	const consumer = new SimulatedRuntime(sandbox, clock, rng, faults, {
		onBegin: (op, payload) => calls.push(`{"op":"${op}","payload":${payload}}`) > 0,
		onDone: () => true,
	});
	const store = new SimulatedStore(new Disk(), rng, {onWrite: () => true});
	const run: RunLine = {
		...{what: 'run', format: recordingFormat, version: 'test', wall: new Date(begun).toISOString(), netns: 'secret-pod', seed},
		...{rules: options.rules, pollIntervalMs, asksForAll: false, profile: 'kata-1.13'},
		...(observer ? {} : {runtime: {kept: null}}),
	};
	const recording = openRecordingFile({path, sizeBytes}, silentLog);
	recording.write(run);
	const recorder = new Recorder(
		clock,
		() => new Date(begun + time.now),
		seed,
		(line) => recording.write(line),
	);
	const engine = new Engine(
		{
			...{probe: recorder.probe(ip), clock: recorder.clock, log: silentLog},
			...(observer
				? {}
				: {runtime: {consumer: recorder.consumer(consumer), store: recorder.store(store, undefined), form: runtimeForm('kata-1.13')}}),
		},
		options,
	);
	let parts = 1;
	recording.beginPartsWith(() => {
		parts += 1;
		return headOf(run, parts, recorder, engine);
	});
	void engine.start(() => recorder.checked(Promise.resolve()));
	await time.runUntil(1000);
	for (let happened = 0; happened < count; happened += 1) {
		happenings.next();
		if (rng.chance(0.6)) await time.runUntil(time.now + rng.between(0, rng.oneOf(10, 300, 3000)));
		// Virtual time does not run ahead of the disk: its next file would come late, and the one before would grow.
		await recording.flush(flushLimitMs);
	}
	faults.failsBefore = 0;
	for (let seconds = 0; seconds < 90; seconds += 1) {
		await time.runUntil(time.now + 1000);
		await recording.flush(flushLimitMs);
	}
	recorder.stopped();
	// On a busy machine the thread that writes may be late, and the recording is read next.
	await recording.flush(flushLimitMs);
	return {calls, names, parts};
}
