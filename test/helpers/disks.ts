import {openSync, renameSync, rmSync, statSync} from 'node:fs';
import type {Disk, DiskAnswer} from '../../src/files/disk-thread.js';
import type {DiskStep} from '../../src/files/disk-work.js';

/** A disk that never stalls. */
export const diskNow: Disk = {
	run(steps, done) {
		let answer: DiskAnswer;
		try {
			answer = {value: steps.map(doNow).at(-1) ?? 0};
		} catch (error) {
			answer = {error: error instanceof Error ? error : new Error(String(error))};
		}
		done(answer);
	},
};

function doNow(step: DiskStep): number {
	if (step.do === 'create') return openSync(step.path, 'wx');
	if (step.do === 'find') statSync(step.path);
	if (step.do === 'remove') rmSync(step.path, {force: true});
	if (step.do === 'rename' || step.do === 'shift') renameSync(step.from, step.to);
	return step.do === 'write' ? step.bytes.length : 0;
}

/** A disk that does nothing until the test lets it. */
export class StalledDisk implements Disk {
	readonly waiting: {readonly steps: readonly DiskStep[]; readonly done: (answer: DiskAnswer) => void}[] = [];

	run(steps: readonly DiskStep[], done: (answer: DiskAnswer) => void): void {
		this.waiting.push({steps, done});
	}

	/** Returns what it did. */
	doOne(): readonly string[] {
		const next = this.waiting.shift();
		if (next === undefined) return [];
		diskNow.run(next.steps, next.done);
		return next.steps.map((step) => step.do);
	}
}
