import {isUtf8} from 'node:buffer';
import {spawn} from 'node:child_process';
import type {TestNamespace} from '../helpers/namespace.js';

/** What a process of `ip` did. */
export interface IpResult {
	readonly stdout: Buffer;
	/** Its error messages; empty if all went well. */
	readonly stderr: string;
}

/** The words of one command, as strings of bytes, because kernel names are bytes and not text. */
export type Words = readonly string[];

/** Splits a line at its spaces. `{}` stand for the given names, which may hold any bytes. */
export function words(line: string, ...names: readonly string[]): Words {
	const left = [...names];
	return line.split(' ').map((word) => (word === '{}' ? (left.shift() ?? '') : word));
}

/** The real `ip`, run in a namespace without blocking the other histories that run meanwhile. */
export class RealIp {
	readonly #namespace: Pick<TestNamespace, 'command'>;

	constructor(namespace: Pick<TestNamespace, 'command'>) {
		this.#namespace = namespace;
	}

	/** Runs one command. It may fail: the kernel shows the result afterwards. */
	run(command: Words): Promise<IpResult> {
		// Arguments reach a program as UTF-8 only; other bytes go through a batch.
		if (command.every((word) => isUtf8(Buffer.from(word, 'latin1')))) {
			return this.#spawn(command.map((word) => Buffer.from(word, 'latin1').toString('utf8')));
		}
		return this.batch([command]);
	}

	/** Runs many commands in one process, which goes on after failures. */
	batch(commands: readonly Words[]): Promise<IpResult> {
		const lines = commands.map((command) => `${command.map(quoted).join(' ')}\n`);
		return this.#spawn(['-force', '-batch', '-'], Buffer.from(lines.join(''), 'latin1'));
	}

	/** A dump in JSON, with every string as bytes. Repeats it while it is interrupted. */
	async json(line: string): Promise<unknown> {
		for (;;) {
			const {stdout, stderr} = await this.#spawn(['-j', '-d', ...line.split(' ')]);
			if (/interrupted/i.test(stderr)) continue;
			if (stderr !== '' && !/FIB table does not exist/.test(stderr)) throw new Error(`ip ${line}: ${stderr}`);
			const text = stdout.toString('latin1').trim();
			// Before 7.0, control characters are raw in strings, and nowhere else in this line.
			// biome-ignore lint/suspicious/noControlCharactersInRegex: raw control characters are what is escaped
			return JSON.parse(text.replace(/[\x00-\x1f]/g, (raw) => `\\u00${raw.charCodeAt(0).toString(16).padStart(2, '0')}`) || '[]');
		}
	}

	#spawn(args: readonly string[], input?: Buffer): Promise<IpResult> {
		const [file, rest] = this.#namespace.command('ip', args);
		return new Promise((resolve, reject) => {
			const child = spawn(file, rest, {stdio: ['pipe', 'pipe', 'pipe']});
			const out: Buffer[] = [];
			let stderr = '';
			child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
			child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString('latin1')));
			child.stdin.on('error', () => undefined);
			child.on('error', reject);
			child.on('close', () => resolve({stdout: Buffer.concat(out), stderr: stderr.trim()}));
			child.stdin.end(input);
		});
	}
}

/** makeargs (lib/utils.c) knows both quotes, and no escapes. */
function quoted(word: string): string {
	if (/^[\w./:-]+$/.test(word)) return word;
	return word.includes('"') ? `'${word}'` : `"${word}"`;
}

/** Whether a line of a batch can hold a word: `#` begins a comment, quoted or not. */
export function fitsBatch(command: Words): boolean {
	return command.every((word) => !/[#\n]/.test(word) && !(word.includes('"') && word.includes("'")));
}
