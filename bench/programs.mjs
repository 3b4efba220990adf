import {execFileSync} from 'node:child_process';
import {existsSync, mkdirSync, mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';

const sources = fileURLToPath(new URL('programs/', import.meta.url));
export const root = fileURLToPath(new URL('../', import.meta.url));

/** A folder in memory where there is one, as /run is on most machines; the state directory of a daemon lies there. */
export function makeScratch() {
	return mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'netmon-bench-'));
}

/** Compiles the C programs of the measurements. */
export function compilePrograms(scratch) {
	const folder = join(scratch, 'programs');
	mkdirSync(folder, {recursive: true});
	const compile = (name, ...options) => {
		const program = join(folder, name);
		execFileSync('gcc', ['-O2', '-Wall', ...options, '-o', program, join(sources, `${name}.c`)], {stdio: 'inherit'});
		return program;
	};
	return {floor: compile('floor', '-static'), change: compile('change'), runtime: compile('runtime', '-static')};
}

export function removeScratch(scratch) {
	rmSync(scratch, {recursive: true, force: true});
}

export function checkBuilt() {
	if (!existsSync(join(root, 'dist', 'kata-netmon.cjs'))) throw new Error('there is no dist/: run "npm run build" first');
}
