import {type ChildProcess, spawn} from 'node:child_process';
import {mkdirSync, renameSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {createInterface} from 'node:readline';
import test, {type ExecutionContext} from 'ava';
import {findProgram} from '../../src/process/find-program.js';
import {sandboxDirectory} from '../../src/runtime/sandbox.js';
import {root} from '../helpers/netmon.js';
import {scratchFolder} from '../helpers/runtime.js';

/** `NETMON_TEST_LOCK_ROUNDS=10000` for the full number. */
const rounds = Number(process.env['NETMON_TEST_LOCK_ROUNDS'] ?? 200);
const starters = 8;
const boot = 'b00t';
const flock = findProgram('flock', process.env['PATH'] ?? '');

class Starter {
	readonly #child: ChildProcess;
	readonly #answers: AsyncIterator<string>;

	constructor(t: ExecutionContext, stateDir: string, program: string) {
		this.#child = spawn(process.execPath, [`${root}build/test/runtime/lock-starter.js`, stateDir, boot, program], {
			stdio: ['pipe', 'pipe', 'inherit'],
		});
		t.teardown(() => void this.#child.kill('SIGKILL'));
		const {stdout} = this.#child;
		if (stdout === null) throw new Error('it has no stdout');
		this.#answers = createInterface({input: stdout})[Symbol.asyncIterator]();
	}

	async answer(): Promise<string> {
		const {value} = await this.#answers.next();
		return String(value);
	}

	ask(what: 'take' | 'keep' | 'leave'): Promise<string> {
		this.#child.stdin?.write(`${what}\n`);
		return this.answer();
	}
}

/** The situations at the start of a round: a name, and how to make it. */
const findings: readonly (readonly [string, (lockFile: string) => void])[] = [
	['no lock', () => undefined],
	['the lock of a dead process', (file) => writeFileSync(file, JSON.stringify({pid: 2 ** 22, startedAt: '1', boot}), {mode: 0o640})],
	['half a lock', (file) => writeFileSync(file, '{"pid":', {mode: 0o640})],
];

for (const [kind, program] of [...(flock === undefined ? [] : [['flock', flock] as const]), ['claims', ''] as const]) {
	test.serial(`${kind}: of ${starters} starters at once one has the sandbox, in every round (story 32)`, async (t) => {
		t.timeout(rounds * 1000 + 60_000);
		const {path, close} = scratchFolder();
		t.teardown(close);
		const {path: folder, lockFile} = sandboxDirectory(path, 'sb');
		const all = Array.from({length: starters}, () => new Starter(t, path, program));
		for (const starter of all) await starter.answer();
		for (let round = 0; round < rounds; round += 1) {
			const [what, make] = findings[round % findings.length] ?? ['', () => undefined];
			mkdirSync(folder, {recursive: true, mode: 0o750});
			make(lockFile);
			const answers = await Promise.all(all.map((starter) => starter.ask('take')));
			const won = answers.filter((answer) => answer === 'won').length;
			if (won !== 1) t.fail(`round ${round}, ${what}: ${won} winners: ${answers.join('; ')}`);
			const refused = answers.filter((answer) => answer !== 'won' && !answer.includes('another netmon'));
			if (refused.length > 0) t.fail(`round ${round}, ${what}: ${refused.join('; ')}`);
			await Promise.all(all.map((starter) => starter.ask('leave')));
		}
		t.pass();
	});

	test.serial(`${kind}: when the directory is removed while they start, one has the sandbox before its next call`, async (t) => {
		t.timeout(rounds * 1000 + 60_000);
		const {path, close} = scratchFolder();
		t.teardown(close);
		const {path: folder} = sandboxDirectory(path, 'sb');
		const all = Array.from({length: starters}, () => new Starter(t, path, program));
		for (const starter of all) await starter.answer();
		for (let round = 0; round < rounds / 4; round += 1) {
			const taking = all.map((starter) => starter.ask('take'));
			const first = await Promise.race(taking);
			// In one step, or files that the others write meanwhile would be in the way.
			renameSync(folder, join(path, `.removed-${round}`));
			const answers = await Promise.all(taking);
			const winners = all.filter((_, index) => answers[index] === 'won');
			const kept = await Promise.all(winners.map((starter) => starter.ask('keep')));
			const holders = kept.filter((answer) => answer === 'won').length;
			if (holders > 1) t.fail(`round ${round}: ${holders} hold it; ${first}; ${answers.join('; ')}`);
			await Promise.all(all.map((starter) => starter.ask('leave')));
		}
		t.pass();
	});
}
