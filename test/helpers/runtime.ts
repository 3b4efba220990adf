import {chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync} from 'node:fs';
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
 * Appends each call to a log as `op|mode|sandbox|file|payload`. Then it does what the files beside the log say: `delay`
 * (seconds to sleep), `fail` (a line `OP COUNT NUMBER`: fail that many calls of OP, `*` for every OP), `hook` (a shell script to run). It
 * reads them before it logs the call: a test that has seen a call in the log can change them, and that is for the next call. Calls for the
 * neighbours of a story's sandbox (helpers/neighbours.ts) are logged apart, and always succeed.
 */
const program = `#!/bin/sh
dir=\${0%/*}
IFS= read -r payload <"$4" || :
case $3 in neighbour-*)
	name=\${payload#*'"Name":"'}
	echo "$2 $3 \${name%%'"'*}" >>"$dir/neighbours"
	exit 0
esac
delay= hook= count=
{
	[ -f "$dir/delay" ] && delay=$(cat "$dir/delay")
	[ -f "$dir/hook" ] && hook=$(cat "$dir/hook")
	[ -f "$dir/fail" ] && read -r op count number <"$dir/fail"
} 2>/dev/null
printf '%s|%s|%s|%s|%s\\n' "$1 $2" "$(stat -c %a "$4")" "$3" "$4" "$payload" >>"$dir/calls"
[ -z "$delay" ] || sleep "$delay"
[ -z "$hook" ] || eval "$hook"
if [ -n "$count" ] && { [ "$op" = "$2" ] || [ "$op" = '*' ]; }; then
	failures=0
	[ ! -f "$dir/failures-$number" ] || while read -r _; do failures=$((failures + 1)); done <"$dir/failures-$number"
	if [ "$failures" -lt "$count" ]; then
		echo "$2" >>"$dir/failures-$number"
		echo "refused on purpose" >&2
		exit 1
	fi
fi
echo "$2" >>"$dir/done"
exit 0
`;

/** Writes a file in one step, because a program may read it at this moment. */
export function writeInOneStep(path: string, content: string | Buffer): void {
	writeFileSync(`${path}.new`, content);
	renameSync(`${path}.new`, path);
}

/** A runtime that records its calls. All its files are in one folder. */
export class RecordingRuntime {
	readonly folder = mkdtempSync(join(tmpdir(), 'netmon-test-'));
	readonly path = join(this.folder, 'runtime');
	readonly stateDir = join(this.folder, 'state');
	#failNumber = 0;

	constructor() {
		// Tests also run it as other users, who must be able to enter the folder.
		chmodSync(this.folder, 0o755);
		writeFileSync(this.path, program, {mode: 0o755});
	}

	/** Makes every call take this long. */
	delay(seconds: number): void {
		writeInOneStep(join(this.folder, 'delay'), String(seconds));
	}

	/** Makes the next calls of this operation fail (`*`: of every operation). */
	fail(op: string, count: number): void {
		this.#failNumber += 1;
		writeInOneStep(join(this.folder, 'fail'), `${op} ${count} ${this.#failNumber}\n`);
	}

	/** Makes each call run a shell script. `$2` is the operation, `$4` the payload's file, `$dir` the folder. */
	hook(script: string): void {
		writeInOneStep(join(this.folder, 'hook'), script);
	}

	/** Removes the script. */
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

	/** How many calls have succeeded. */
	get succeeded(): number {
		const path = join(this.folder, 'done');
		return existsSync(path) ? readFileSync(path, 'utf8').split('\n').length - 1 : 0;
	}

	/** Waits until this holds for the calls. */
	async until(what: string, holds: (calls: Call[]) => boolean, limitMs?: number): Promise<Call[]> {
		try {
			return await waitFor(what, () => (holds(this.calls) ? this.calls : undefined), limitMs);
		} catch (error) {
			throw new Error(`${String(error)}; calls: ${JSON.stringify(this.calls.map(({op, text}) => [op, text]))}`);
		}
	}

	/** Removes the calls so far from the log. */
	clear(): void {
		rmSync(join(this.folder, 'calls'), {force: true});
	}

	close(): void {
		removeFolder(this.folder);
	}
}

/** A folder for the files of a test, and a function that removes it. */
export function scratchFolder(): {path: string; close: () => void} {
	const path = mkdtempSync(join(tmpdir(), 'netmon-test-'));
	mkdirSync(path, {recursive: true});
	return {path, close: () => removeFolder(path)};
}

/** Some process may still write files there. Retry here, because rmSync's own retries do not remove new files. */
export function removeFolder(path: string): void {
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
