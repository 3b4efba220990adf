import {existsSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import type {ExecutionContext} from 'ava';
import {makeNamespace, type TestNamespace} from './namespace.js';
import type {RecordingRuntime} from './runtime.js';
import {waitFor} from './wait.js';

/** With `NETMON_TEST_SANDBOXES=3` each story is told to one of so many sandboxes of one process. */
export const sandboxCount: number = Math.max(1, Number(process.env['NETMON_TEST_SANDBOXES'] ?? 1));

/** Whether stories have neighbours in this run. */
export const haveNeighbours: boolean = sandboxCount > 1;

/** Whether a sandbox is one that stands beside a story's. */
export function isNeighbour(sandbox: unknown): boolean {
	return String(sandbox).startsWith('neighbour-');
}

/** Sandboxes beside that of a story, for which all is well. */
export interface Neighbours {
	/** What makes one netmon watch them all: `-s ID=PATH` for each. */
	readonly args: readonly string[];
	/** Makes an interface in one of them, and waits until its sandbox is told. */
	check(runtime: RecordingRuntime): Promise<void>;
}

export async function makeNeighbours(t: ExecutionContext<unknown>, namespace: TestNamespace, sandbox: string): Promise<Neighbours> {
	const others: TestNamespace[] = [];
	for (let n = 1; n < sandboxCount; n += 1) {
		const other = await makeNamespace(namespace);
		t.teardown(() => other.close());
		others.push(other);
	}
	// Two netmons of one story have neighbours of their own.
	const all = [[sandbox, namespace], ...others.map((other, n) => [`neighbour-${n + 1}-${sandbox}`, other] as const)] as const;
	return {
		args: all.flatMap(([id, {pid}]) => ['-s', `${id}=/proc/${pid}/ns/net`]),
		async check({folder}) {
			const [first] = others;
			first?.batch([
				'link add well0 type veth peer name well1',
				'link set well1 up',
				'addr add 10.200.0.1/24 dev well0',
				'link set well0 up',
			]);
			const calls = join(folder, 'neighbours');
			await waitFor(
				'a call for the sandbox beside it, for which all is well',
				() => existsSync(calls) && readFileSync(calls, 'utf8').includes(`add-iface neighbour-1-${sandbox} well0\n`),
			);
		},
	};
}
