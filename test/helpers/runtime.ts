import {chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {waitFor} from './wait.js';

/** One call that the recording runtime has seen. */
export interface Call {
	readonly args: readonly string[];
	readonly op: string;
	/** Mode of the payload's file, octal. */
	readonly mode: string;
	/** The payload's text. */
	readonly text: string;
}

/**
 * Appends each call to a log as `op|mode|sandbox|file|payload`, then does what the files beside
 * the log say: `delay` (seconds to sleep), `fail` (a line `OP COUNT`: fail that many calls of OP, `*` for all), `hook` (a shell script to run).
 */
const program = `#!/bin/sh
dir=\${0%/*}
IFS= read -r payload <"$4" || :
printf '%s|%s|%s|%s|%s\\n' "$1 $2" "$(stat -c %a "$4")" "$3" "$4" "$payload" >>"$dir/calls"
[ -f "$dir/delay" ] && sleep "$(cat "$dir/delay")"
[ -f "$dir/hook" ] && . "$dir/hook"
if [ -f "$dir/fail" ]; then
	read -r op count <"$dir/fail"
	if [ "$op" = "$2" ] || [ "$op" = '*' ]; then
		if [ "$count" -gt 0 ]; then
			echo "$op $((count - 1))" >"$dir/fail"
			echo "refused on purpose" >&2
			exit 1
		fi
	fi
fi
echo "$2" >>"$dir/done"
exit 0
`;

/** A runtime that writes down how it was called. Everything it has lies in a folder of its own. */
export class RecordingRuntime {
	readonly folder = mkdtempSync(join(tmpdir(), 'netmon-test-'));
	readonly path = join(this.folder, 'runtime');
	readonly stateDir = join(this.folder, 'state');

	constructor() {
		// Other users run tests too: the folder is theirs to enter.
		chmodSync(this.folder, 0o755);
		writeFileSync(this.path, program, {mode: 0o755});
	}

	/** Every call takes that long. */
	delay(seconds: number): void {
		writeFileSync(join(this.folder, 'delay'), String(seconds));
	}

	/** The next calls of this operation (`*`: of any) fail. */
	fail(op: string, count: number): void {
		writeFileSync(join(this.folder, 'fail'), `${op} ${count}\n`);
	}

	/** A shell script that each call runs; `$2` is the operation, `$4` the payload's file, `$dir` the folder. */
	hook(script: string): void {
		writeFileSync(join(this.folder, 'hook'), script);
	}

	/** Calls run no script any more. */
	unhook(): void {
		rmSync(join(this.folder, 'hook'), {force: true});
	}

	get calls(): Call[] {
		const log = join(this.folder, 'calls');
		if (!existsSync(log)) return [];
		const lines = readFileSync(log, 'utf8').split('\n').slice(0, -1);
		return lines.map((line) => {
			const [head = '', mode = '', sandbox = '', file = '', ...rest] = line.split('|');
			const [command = '', op = ''] = head.split(' ');
			return {args: [command, op, sandbox, file], op, mode, text: rest.join('|')};
		});
	}

	/** Waits until the calls are such. */
	async until(what: string, holds: (calls: Call[]) => boolean, limitMs?: number): Promise<Call[]> {
		try {
			return await waitFor(what, () => (holds(this.calls) ? this.calls : undefined), limitMs);
		} catch (error) {
			throw new Error(`${String(error)}; calls: ${JSON.stringify(this.calls.map(({op, text}) => [op, text]))}`);
		}
	}

	/** Forgets the calls so far. */
	clear(): void {
		rmSync(join(this.folder, 'calls'), {force: true});
	}

	close(): void {
		removeFolder(this.folder);
	}
}

/** A folder for a test's own files, and what removes it. */
export function scratchFolder(): {path: string; close: () => void} {
	const path = mkdtempSync(join(tmpdir(), 'netmon-test-'));
	mkdirSync(path, {recursive: true});
	return {path, close: () => removeFolder(path)};
}

/** A call whose netmon has just been killed may still be writing: what is new is removed too (rmSync's own retries do not). */
function removeFolder(path: string): void {
	for (let tries = 50; ; tries -= 1) {
		try {
			rmSync(path, {recursive: true, force: true});
			return;
		} catch (error) {
			if (tries === 0) throw error;
			Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10);
		}
	}
}
