import {monotonicMs} from '../time/clock.js';

/** This many lines and changes are a storm, which leaves garbage behind. */
const stormWork = 500;
/** With this many within a second, speed is worth the memory that compiling takes (docs/performance.md). */
const hotWork = 25_000;
const hotMs = 1000;
/** A storm is over when nothing has happened for this long. */
const calmMs = 1500;

/** The first collection finds what the second can free (buffers outside the heap), and the third compacts. */
const rounds = 3;
const roundMs = 200;

/**
 * Gives memory back after a storm. V8 collects garbage when memory is needed, not when it is calm: the garbage of ten thousand routes
 * would stay until the next ten thousand.
 */
export class MemoryTrim {
	/** Since the last collection. */
	#work = 0;
	/** Within the current second. */
	#recentWork = 0;
	#recentSince = 0;
	#rounds = 0;
	#timer: NodeJS.Timeout | undefined;
	#collect: (() => void) | undefined;

	constructor() {
		setFlags(['--semi-space-growth-factor=1', ...coolFlags]);
	}

	/** @param count of lines that were read, or of changes that were found */
	note(count: number): void {
		this.#work += count;
		this.#warm(count, monotonicMs());
		if (this.#work < stormWork) return;
		if (this.#timer === undefined) this.#timer = setTimeout(() => this.#trim(), calmMs).unref();
		else this.#timer.refresh();
	}

	stop(): void {
		clearTimeout(this.#timer);
	}

	#warm(count: number, now: number): void {
		if (now - this.#recentSince > hotMs) {
			this.#recentSince = now;
			this.#recentWork = 0;
		}
		const before = this.#recentWork;
		this.#recentWork += count;
		if (before < hotWork && this.#recentWork >= hotWork) setFlags(hotFlags);
	}

	#trim(): void {
		this.#work = 0;
		setFlags(coolFlags);
		this.#collect ??= exposedCollector();
		this.#collect();
		this.#rounds += 1;
		this.#timer = this.#rounds < rounds ? setTimeout(() => this.#trim(), roundMs).unref() : undefined;
		this.#rounds %= rounds;
	}
}

/** Later versions of V8 need other flags for the same. */
const isNode20 = process.versions.v8.startsWith('11.');

/**
 * V8 compiles less, and without threads of its own: such a thread keeps all the memory that it ever allocated (a malloc arena). Together
 * with a young generation that does not grow, this saves 10 MB after hours (docs/performance.md).
 */
const coolFlags = isNode20
	? ['--no-turbo-inlining', '--no-concurrent-recompilation', '--interrupt-budget=1000000']
	: ['--no-opt', '--no-maglev'];
/** V8's own budget, and its compilers. */
const hotFlags = isNode20 ? ['--interrupt-budget=135168'] : ['--opt', '--maglev'];

function setFlags(flags: readonly string[]): void {
	for (const flag of flags) v8().setFlagsFromString(flag);
}

/** Loaded on demand, so that no start waits for it. */
function v8(): typeof import('node:v8') {
	return process.getBuiltinModule('node:v8');
}

/** V8's own collector, which `node --expose-gc` would give. */
function exposedCollector(): () => void {
	const {setFlagsFromString} = v8();
	const {runInNewContext} = process.getBuiltinModule('node:vm');
	setFlagsFromString('--expose-gc');
	const collect: unknown = runInNewContext('gc');
	setFlagsFromString('--no-expose-gc');
	if (typeof collect !== 'function') return () => undefined;
	// Later versions keep the pages that they have freed, except as a last resort.
	return isNode20 ? () => collect() : () => collect({type: 'major', execution: 'sync', flavor: 'last-resort'});
}
