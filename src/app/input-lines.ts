import type {Happening} from '../host/altered-run.js';
import type {InputLine, Recorded} from '../host/recorded.js';
import {heardWords} from '../report/input-words.js';

/** Describes an input of the engine in a few words; undefined if it means nothing to a reader. */
export function inputWords(lines: readonly Recorded[]): (input: InputLine) => string | undefined {
	const questions = new Map(lines.flatMap((line) => (line.what === 'ask' ? [[line.id, line.question] as const] : [])));
	return (input) => {
		switch (input.what) {
			case 'events':
				return heardWords(input.events);
			case 'loss':
			case 'end':
				return `monitor: ${input.what}, ${input.reason}`;
			case 'answer':
				return `ip: ${questions.get(input.id) ?? 'answer'}`;
			case 'failed':
				return `ip: ${questions.get(input.id) ?? 'question'} failed, ${input.reason}`;
			case 'called':
				return `call ${input.id}: ${input.outcome.ok ? 'done' : input.outcome.reason}`;
			case 'timer':
				return 'time passes';
			default:
				return undefined;
		}
	};
}

/** The same for a replay with alterations. */
export function happeningWords(happening: Happening): string {
	switch (happening.what) {
		case 'heard':
			return heardWords(happening.events);
		case 'dropped':
			return `${heardWords(happening.events)} (left out)`;
		case 'answer':
			return `ip: ${happening.question}`;
		case 'called':
			return `call: ${happening.ok ? 'done' : happening.reason}`;
		default:
			return `monitor: ${happening.what}, ${happening.reason}`;
	}
}
