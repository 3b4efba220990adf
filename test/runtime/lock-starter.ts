/**
 * Starts of one process for the rounds of lock-rounds.test.ts: `node lock-starter.js DIRECTORY BOOT FLOCK`; FLOCK '' is none.
 * For each line `take` on stdin it tries to take the lock and prints `won` or `lost`, for `keep` it looks after it as before a
 * call, for `leave` it lets go.
 */
import {createInterface} from 'node:readline';
import {silentLog} from '../../src/model/log.js';
import {SandboxLock} from '../../src/runtime/lock.js';
import {makeDirectory, sandboxDirectory} from '../../src/runtime/sandbox.js';

const [stateDir = '', boot = '', flock = ''] = process.argv.slice(2);
const directory = sandboxDirectory(stateDir, 'sb');
let lock: SandboxLock | undefined;

async function take(): Promise<void> {
	makeDirectory(directory);
	lock = new SandboxLock(directory, boot, flock === '' ? undefined : flock);
	lock.refuseEarly();
	await lock.take(silentLog);
}

function keep(): void {
	if (lock?.isHeld) return;
	makeDirectory(directory);
	lock?.takeNow();
}

const acts: Readonly<Record<string, () => void | Promise<void>>> = {
	take,
	keep,
	leave() {
		lock?.release();
		lock = undefined;
	},
};

process.stdout.write('ready\n');
for await (const line of createInterface({input: process.stdin})) {
	try {
		await acts[line]?.();
		process.stdout.write('won\n');
	} catch (error) {
		process.stdout.write(`lost ${String(error).replaceAll('\n', ' ')}\n`);
	}
}
