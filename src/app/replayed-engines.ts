import {eventFilter} from '../diff/event-filter.js';
import {type Alterations, AlteredRun} from '../host/altered-run.js';
import {Engine} from '../host/engine.js';
import {EventFeed} from '../host/event-feed.js';
import type {RunLine} from '../host/recorded.js';
import type {RecordedInputs} from '../host/recorded-inputs.js';
import {RecordedWall} from '../host/recorded-wall.js';
import {DivergedError, ReplayedRun} from '../host/replayed-run.js';
import type {Announced} from '../model/announced.js';
import type {RuntimeCall} from '../model/call.js';
import {silentLog} from '../model/log.js';
import type {Picture} from '../model/picture.js';
import type {Sink} from '../model/sink.js';
import type {Clock} from '../time/clock.js';
import {PassingClock} from '../time/passing-clock.js';
import {happeningWords, inputWords} from './input-lines.js';
import type {RecordedRun} from './read-recording.js';
import {runtimeForm} from './runtime-side.js';

/** Shows what an engine gets and does. */
export interface ReplayListener {
	/** @param at milliseconds since 1970 */
	input(at: number, words: string): void;
	call(at: number, call: RuntimeCall): void;
	readonly sinks: readonly Sink[];
}

export const nobody: ReplayListener = {input: () => undefined, call: () => undefined, sinks: []};

/** The state in which an engine ended. */
export interface End {
	readonly picture: Picture;
	readonly announced: Announced | undefined;
}

/** Repeats what was recorded. Rejects with a DivergedError if this netmon does something else. */
export async function replayExactly(
	{run, lines}: RecordedRun,
	shown: ReplayListener,
	onList?: (fingerprint: string, payload: string) => void,
): Promise<End> {
	const wall = new RecordedWall(run, lines);
	const replayed: ReplayedRun = new ReplayedRun(run, lines, (call) => shown.call(wall.at(replayed.clock.now()), call));
	// The feed's own timers were not recorded.
	const clock = new PassingClock();
	const {engine, feed, failure} = start(run, replayed, clock, wall, shown, onList);
	const words = inputWords(lines);
	await replayed.play((input) => {
		clock.passTo(input.at);
		const text = words(input);
		if (text !== undefined) shown.input(wall.at(input.at), text);
	});
	if (failure() instanceof DivergedError) throw failure();
	feed.stop();
	return engine;
}

/** Does what the engine would have done with these alterations. */
export async function replayAltered({run, lines}: RecordedRun, alterations: Alterations, shown: ReplayListener): Promise<End> {
	const wall = new RecordedWall(run, lines);
	const altered: AlteredRun = new AlteredRun(run, lines, alterations, {
		call: (call) => shown.call(wall.at(altered.clock.now()), call),
		happening: (happening) => shown.input(wall.at(altered.clock.now()), happeningWords(happening)),
	});
	const {engine, feed, failure} = start(run, altered, altered.clock, wall, shown);
	await altered.play(() => engine.figures.waiting > 0 || engine.inside().held.length > 0);
	if (failure() !== undefined) throw failure();
	feed.stop();
	return engine;
}

function start(
	run: RunLine,
	around: RecordedInputs,
	clock: Clock,
	wall: RecordedWall,
	{sinks}: ReplayListener,
	onList: (fingerprint: string, payload: string) => void = () => undefined,
) {
	const feed = new EventFeed({
		netns: run.netns,
		filter: eventFilter({families: run.rules.families}),
		sinks,
		clock,
		now: () => new Date(wall.at(clock.now())),
		onFault: (error) => {
			throw error;
		},
	});
	const {consumer, store} = around;
	const form = runtimeForm(run.profile);
	const fingerprint = (payload: string) => {
		const made = form.fingerprint(payload);
		onList(made, payload);
		return made;
	};
	const {rules, pollIntervalMs, asksForAll, bareFrom} = run;
	const engine = new Engine(
		{
			...{probe: around.probe, clock: around.clock, log: silentLog, events: feed},
			...(run.runtime === undefined ? {} : {runtime: {consumer, store, form: {...form, fingerprint}}}),
		},
		{rules, pollIntervalMs, asksForAll, ...(bareFrom === undefined ? {} : {bareFrom: bareFrom ?? Number.POSITIVE_INFINITY})},
	);
	let failed: unknown;
	engine
		.start(() => around.check)
		.catch((error: unknown) => {
			failed = error;
		});
	return {engine, feed, failure: () => failed};
}
