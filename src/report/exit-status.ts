import {exitCode} from '../model/errors.js';
import {isAsking} from './user-error.js';

/** What the exit codes of a command mean. */
export function exitStatusOf(command: string): readonly (readonly [number, string])[] {
	if (isAsking(command)) {
		return [
			[0, 'the answer is yes'],
			[1, 'the answer is no'],
			[exitCode.environment, 'any trouble, a mistake in the command too'],
		];
	}
	return [
		[exitCode.done, 'done'],
		[exitCode.usage, 'a mistake in the command'],
		[exitCode.environment, 'something is missing in the environment'],
		[exitCode.internal, 'a fault of netmon'],
	];
}
