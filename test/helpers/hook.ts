import {existsSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import type {ExecutionContext} from 'ava';
import type {TestNamespace} from './namespace.js';
import {programCommand, Running, testIp} from './netmon.js';
import {scratchFolder, writeInOneStep} from './runtime.js';
import {waitFor} from './wait.js';

/**
 * Appends what it reads to `inputs`, its pid to `pids`, and a line to `twice` if another run has not ended. Then it does what the files
 * beside it say: `delay` (seconds to sleep), `script` (a shell script to run), `fail` (a line `COUNT NUMBER`: the number of runs that fail).
 * It reads them before it appends its input: a test that has seen the input can change them, and that is for the next run.
 */
const program = `#!/bin/sh
dir=\${0%/*}
echo $$ >>"$dir/pids"
mkdir "$dir/running" 2>/dev/null || echo twice >>"$dir/twice"
delay= script= count=
{
	[ -f "$dir/delay" ] && delay=$(cat "$dir/delay")
	[ -f "$dir/script" ] && script=$(cat "$dir/script")
	[ -f "$dir/fail" ] && read -r count number <"$dir/fail"
} 2>/dev/null
cat >>"$dir/inputs"
[ -z "$script" ] || eval "$script"
[ -z "$delay" ] || sleep "$delay"
rmdir "$dir/running"
if [ -n "$count" ]; then
	failures=0
	[ ! -f "$dir/failures-$number" ] || while read -r _; do failures=$((failures + 1)); done <"$dir/failures-$number"
	if [ "$failures" -lt "$count" ]; then
		echo failed >>"$dir/failures-$number"
		exit 1
	fi
fi
exit 0
`;

export interface HookEvent {
	readonly event: string;
	readonly time: string;
	readonly [key: string]: unknown;
}

/** A hook program that records its input. All its files are in one folder. */
export class RecordingHook {
	readonly folder: string;
	readonly path: string;
	readonly state: string;
	#failNumber = 0;

	constructor(t: ExecutionContext<unknown>) {
		const {path, close} = scratchFolder();
		t.teardown(close);
		this.folder = path;
		this.path = join(path, 'hook');
		this.state = join(path, 'state');
		writeFileSync(this.path, program, {mode: 0o755});
	}

	set(file: 'delay' | 'script' | 'fail', content: string): void {
		this.#failNumber += 1;
		writeInOneStep(join(this.folder, file), file === 'fail' ? `${content} ${this.#failNumber}\n` : content);
	}

	unset(file: 'delay' | 'script' | 'fail'): void {
		rmSync(join(this.folder, file), {force: true});
	}

	/** Call it after a run that was killed. */
	forgetRun(): void {
		rmSync(join(this.folder, 'running'), {force: true, recursive: true});
	}

	get ranTwiceAtOnce(): boolean {
		return existsSync(join(this.folder, 'twice'));
	}

	get pids(): readonly number[] {
		return this.#lines('pids').map(Number);
	}

	/** The input of the runs so far. */
	get events(): readonly HookEvent[] {
		return this.#lines('inputs').map((line) => JSON.parse(line));
	}

	/** `address-added 10.0.0.2`, …, for the runs so far. */
	get told(): readonly string[] {
		return this.events.map(describe);
	}

	until(text: string, limitMs?: number): Promise<true> {
		return waitFor(`the run "${text}"`, () => this.told.includes(text), limitMs);
	}

	#lines(file: string): string[] {
		const path = join(this.folder, file);
		return existsSync(path) ? readFileSync(path, 'utf8').split('\n').slice(0, -1) : [];
	}
}

function describe(event: HookEvent): string {
	return `${event.event} ${valueAt(event, 'interface', 'ifname') ?? valueAt(event, 'address', 'local') ?? valueAt(event, 'route', 'dst')}`;
}

function valueAt(event: HookEvent, record: string, key: string): unknown {
	const value = event[record];
	return typeof value === 'object' && value !== null ? Object.entries(value).find(([name]) => name === key)?.[1] : undefined;
}

/** Starts `netmon watch ARGS -- HOOK` in the namespace, and waits until it watches. */
export async function startHook(
	t: ExecutionContext<unknown>,
	namespace: TestNamespace,
	hook: RecordingHook,
	args: readonly string[] = [],
	env: Readonly<Record<string, string>> = {},
): Promise<Running> {
	const [file, rest] = programCommand('netmon', ['watch', '--log-level', 'info', '--log-format', 'json', ...args, '--', hook.path]);
	const netmon = new Running(namespace.command(file, rest), {...testIp, ...env});
	t.teardown(() => void netmon.child.kill('SIGKILL'));
	return netmon.watching();
}
