import {changesBetween} from '../diff/compare.js';
import {compareEnds, type EndDifference} from '../diff/compare-ends.js';
import type {Alterations} from '../host/altered-run.js';
import type {RunLine} from '../host/recorded.js';
import {UsageError} from '../model/errors.js';
import type {Picture} from '../model/picture.js';
import type {WhatIf} from '../options/replay-options.js';
import {bodyLine} from '../report/lines.js';
import {seededRandom} from '../time/seeded-random.js';
import type {RecordedRun} from './read-recording.js';
import type {End} from './replayed-engines.js';

/** A run with its alterations. */
export interface Altered extends RecordedRun {
	readonly alterations: Alterations;
	readonly lineCount: number;
	readonly droppedCount: number;
}

/**
 * Alters a run as the options say. Undefined if they alter nothing.
 *
 * @param seed decides which lines are left out
 */
export function alter({run, lines}: RecordedRun, whatIf: WhatIf, seed: number): Altered | undefined {
	const altered = withOptions(run, whatIf);
	const {drop = 0, failing} = whatIf;
	if (failing.length > 0 && run.runtime === undefined)
		throw new UsageError('--fail needs a recording with a runtime', 'Record a watch that calls one: watch -s ID -r RUNTIME --record FILE.');
	const lineCount = lines.reduce((sum, line) => sum + (line.what === 'events' ? line.events.length : 0), 0);
	if (drop === 0 && failing.length === 0 && altered === run) return undefined;
	const dropped = chosen(lineCount, Math.ceil(lineCount * drop), seed);
	return {run: altered, lines, alterations: {failing, dropped: (line) => dropped.has(line)}, lineCount, droppedCount: dropped.size};
}

/** Returns the run itself if no setting differs. */
function withOptions(run: RunLine, {onChange, addressWaitMs, profile, families, intervalMs}: WhatIf): RunLine {
	const missing = families?.find((family) => !run.rules.families.includes(family));
	if (missing !== undefined)
		throw new UsageError(`--family: the recording has nothing of ${missing}`, `It was recorded with ${run.rules.families.join(', ')}.`);
	const form = profile ?? run.profile;
	const rules = {
		families: families ?? run.rules.families,
		onChange: onChange ?? run.rules.onChange,
		addressWaitMs: addressWaitMs ?? run.rules.addressWaitMs,
		kernelRoutes: form === 'kata-1.5',
	};
	const altered = {...run, rules, profile: form, pollIntervalMs: intervalMs ?? run.pollIntervalMs};
	return settingsOf(altered) === settingsOf(run) ? run : altered;
}

function settingsOf({rules, profile, pollIntervalMs}: RunLine): string {
	const {families, onChange, addressWaitMs} = rules;
	return JSON.stringify([families, onChange, addressWaitMs, profile, pollIntervalMs]);
}

/** Chooses this many of the numbers below `of`: the same ones for the same seed. */
function chosen(of: number, count: number, seed: number): ReadonlySet<number> {
	const random = seededRandom(seed);
	const numbers = Array.from({length: of}, (_, index) => index);
	for (let index = 0; index < count; index += 1) {
		const other = index + Math.floor(random() * (of - index));
		[numbers[index], numbers[other]] = [numbers[other] ?? 0, numbers[index] ?? 0];
	}
	return new Set(numbers.slice(0, count));
}

export const asRecorded: Alterations = {failing: [], dropped: () => false};

/**
 * How the end of a replay differs from that of the run.
 *
 * @param recorded the end of the run, and the ends that it would have reached with more time: something may have been waiting
 */
export function differencesOf([recorded, ...others]: readonly [End, ...End[]], replayed: End): readonly EndDifference[] {
	const isDifferent = (end: End) => {
		const keys = new Set(differencesBetween(end, replayed).map(keyOf));
		return (difference: EndDifference) => keys.has(keyOf(difference));
	};
	const filters = others.map(isDifferent);
	return differencesBetween(recorded, replayed).filter((difference) => filters.every((differs) => differs(difference)));
}

function keyOf({interface: name, text}: EndDifference): string {
	return name ?? text;
}

/** The differences in what the runtime has or, without a runtime, in the picture. */
function differencesBetween(recorded: End, replayed: End): readonly EndDifference[] {
	if (recorded.announced !== undefined && replayed.announced !== undefined) return compareEnds(recorded.announced, replayed.announced);
	return changesBetween(sideOf(recorded.picture), sideOf(replayed.picture), 'same namespace').map((change) => ({
		...('interface' in change ? {interface: change.interface.ifname} : 'ifname' in change ? {interface: change.ifname} : {}),
		text: bodyLine(change, 0, false).trim(),
	}));
}

function sideOf({table, routes}: Picture) {
	return {links: [...table.values()].map(({link}) => link), routes: [...routes.values()].flat()};
}
