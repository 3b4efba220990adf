import {isUtf8} from 'node:buffer';
import {spawn} from 'node:child_process';
import type {TestNamespace} from '../helpers/namespace.js';

/** What a process of `ip` did. */
export interface IpResult {
	readonly stdout: Buffer;
	/** What it complained of; empty where all went well. */
	readonly stderr: string;
}

/** The words of one command; each is a string of bytes, for the kernel's names are bytes and not text. */
export type Words = readonly string[];

/** Splits a line at its spaces; `{}` stand for the names given, whatever bytes they have. */
export function words(line: string, ...names: readonly string[]): Words {
	const left = [...names];
	return line.split(' ').map((word) => (word === '{}' ? (left.shift() ?? '') : word));
}

/** The real `ip`, run in a namespace without holding up the other histories that run meanwhile. */
export class RealIp {
	readonly #namespace: Pick<TestNamespace, 'command'>;

	constructor(namespace: Pick<TestNamespace, 'command'>) {
		this.#namespace = namespace;
	}

	/** One command. It may fail: what is there afterwards the kernel tells. */
	run(command: Words): Promise<IpResult> {
		// Arguments reach a program as UTF-8 only; what is not goes by way of a batch.
		if (command.every((word) => isUtf8(Buffer.from(word, 'latin1')))) {
			return this.#spawn(command.map((word) => Buffer.from(word, 'latin1').toString('utf8')));
		}
		return this.batch([command]);
	}

	/** Many commands in one process, which goes on where one fails. */
	batch(commands: readonly Words[]): Promise<IpResult> {
		const lines = commands.map((command) => `${command.map(quoted).join(' ')}\n`);
		return this.#spawn(['-force', '-batch', '-'], Buffer.from(lines.join(''), 'latin1'));
	}

	/** A dump in JSON, every string of it bytes; read again while it says that it was interrupted. */
	async json(line: string): Promise<unknown> {
		for (;;) {
			const {stdout, stderr} = await this.#spawn(['-j', '-d', ...line.split(' ')]);
			if (/interrupted/i.test(stderr)) continue;
			if (stderr !== '' && !/FIB table does not exist/.test(stderr)) throw new Error(`ip ${line}: ${stderr}`);
			const text = stdout.toString('latin1').trim();
			// Control characters are raw in strings before 7.0, and nowhere else in this one line.
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

/** Whether a word can be said on a line of a batch: `#` begins a comment, quoted or not. */
export function fitsBatch(command: Words): boolean {
	return command.every((word) => !/[#\n]/.test(word) && !(word.includes('"') && word.includes("'")));
}
