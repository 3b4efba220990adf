import {spawn, spawnSync} from 'node:child_process';
import {join} from 'node:path';
import type {ExecutionContext} from 'ava';
import {root} from './netmon.js';
import {scratchFolder} from './runtime.js';
import {waitFor} from './wait.js';

/** Why no datagrams can be received here; undefined if they can. */
export const whyNoDatagrams = spawnSync('perl', ['-MSocket', '-e', '1']).status === 0 ? undefined : 'there is no perl here';

/** A Unix socket that datagrams are sent to, as systemd's or syslogd's. Perl reads it: Node has no such sockets. */
export class Datagrams {
	readonly path: string;
	readonly pid: number;
	#text = '';

	private constructor(path: string, command: readonly [string, readonly string[]], t: ExecutionContext<unknown>) {
		this.path = path;
		const child = spawn(command[0], command[1], {stdio: ['ignore', 'pipe', 'inherit']});
		if (child.pid === undefined) throw new Error('perl has not started');
		this.pid = child.pid;
		child.stdout.on('data', (chunk: Buffer) => (this.#text += chunk.toString('utf8')));
		t.teardown(() => child.kill('SIGKILL'));
	}

	/**
	 * @param path of the socket; default one in a folder of its own
	 * @param command makes the command line that runs a program where the socket is to be
	 */
	static async open(
		t: ExecutionContext<unknown>,
		path?: string,
		command = (file: string, args: readonly string[]): readonly [string, readonly string[]] => [file, args],
	): Promise<Datagrams> {
		const folder = scratchFolder();
		t.teardown(folder.close);
		const own = path ?? join(folder.path, 'socket');
		const datagrams = new Datagrams(own, command('perl', [join(root, 'test/fixtures/programs/datagrams.pl'), own]), t);
		await waitFor('the socket', () => datagrams.#text.startsWith('listening\n'));
		return datagrams;
	}

	/** What has come so far. */
	get all(): readonly string[] {
		return this.#text.split('\n').slice(1, -1);
	}

	/** The messages to a service manager, as their fields. systemd-notify sends a barrier after each, to know that it was read. */
	get notices(): readonly (readonly string[])[] {
		return this.all.filter((text) => text !== 'BARRIER=1').map((text) => text.split('\t'));
	}

	/** Waits for the first message with this field. */
	notice(field: string, limitMs?: number): Promise<readonly string[]> {
		return waitFor(`the message ${field}`, () => this.notices.find((fields) => fields.includes(field)), limitMs);
	}
}
