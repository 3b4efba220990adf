import {appendFileSync, existsSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import type {ExecutionContext} from 'ava';
import {root} from '../helpers/netmon.js';
import {scratchFolder} from '../helpers/runtime.js';

/** Programs in test/fixtures/programs that replace `ip`. */
export type Program = 'ip-with-hook' | 'ip-with-monitor' | 'ip-with-questions' | 'ip-busybox' | 'ip-of-2018';

/** A folder with a substitute for `ip`. Files beside it control what it does, because netmon passes no variables on. */
export class StandIn {
	readonly path: string;
	readonly #folder: string;

	constructor(t: ExecutionContext<unknown>, program: Program) {
		const folder = scratchFolder();
		t.teardown(folder.close);
		this.#folder = folder.path;
		this.path = join(folder.path, 'ip');
		this.write('real', `${process.env['NETMON_TEST_IP'] ?? 'ip'}\n`);
		this.become(program);
	}

	/** What startWatch needs to use it. */
	get env(): Record<string, string> {
		return {NETMON_IP: this.path};
	}

	/** Replaces the program, as an upgrade does; undefined removes it. */
	become(program: Program | undefined): void {
		if (program === undefined) {
			rmSync(this.path);
			return;
		}
		symlinkSync(join(root, 'test/fixtures/programs', program), `${this.path}.new`);
		renameSync(`${this.path}.new`, this.path);
	}

	/** Writes a file beside it in one step, because it may be read at this moment. */
	write(name: string, text: string | Buffer): void {
		const path = join(this.#folder, name);
		writeFileSync(`${path}.new`, text);
		renameSync(`${path}.new`, path);
	}

	remove(name: string): void {
		rmSync(join(this.#folder, name), {force: true});
	}

	lines(name: string): string[] {
		const path = join(this.#folder, name);
		return existsSync(path) ? readFileSync(path, 'utf8').split('\n').slice(0, -1) : [];
	}

	append(name: string, text: string): void {
		appendFileSync(join(this.#folder, name), text);
	}
}
