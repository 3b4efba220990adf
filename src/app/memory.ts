/** From this many changes on it was a storm that leaves garbage behind. */
const stormChanges = 300;
/** A storm is over when nothing has changed for this long. */
const calmMs = 1500;

/** The first collection finds what the second can free (buffers outside the heap), the third compacts. */
const rounds = 3;
const roundMs = 200;

/**
 * Gives memory back after a storm. V8 collects garbage when memory is asked for, not when there is
 * calm: what ten thousand routes have left would stay until the next ten thousand.
 */
export class MemoryTrim {
	#changes = 0;
	#rounds = 0;
	#timer: NodeJS.Timeout | undefined;
	#collect: (() => void) | undefined;

	constructor() {
		askForLittle();
	}

	note(changes: number): void {
		this.#changes += changes;
		if (this.#changes < stormChanges) return;
		if (this.#timer === undefined) this.#timer = setTimeout(() => this.#trim(), calmMs).unref();
		else this.#timer.refresh();
	}

	stop(): void {
		clearTimeout(this.#timer);
	}

	#trim(): void {
		this.#changes = 0;
		this.#collect ??= exposedCollector();
		this.#collect();
		this.#rounds += 1;
		this.#timer = this.#rounds < rounds ? setTimeout(() => this.#trim(), roundMs).unref() : undefined;
		this.#rounds %= rounds;
	}
}

/** All that comes later has other ways to ask for the same. */
const isNode20 = process.versions.v8.startsWith('11.');

/**
 * Asks V8 for a young generation that does not grow, and for less of its compilers, whose threads keep what they have
 * ever allocated (an arena of malloc each): 10 MB less after hours, and no slower by more than a tenth where there is
 * most to do (docs/performance.md).
 */
function askForLittle(): void {
	const flags = isNode20 ? ['--no-turbo-inlining', '--interrupt-budget=4000000'] : ['--no-opt', '--no-maglev'];
	for (const flag of ['--semi-space-growth-factor=1', ...flags]) v8().setFlagsFromString(flag);
}

/** Loaded when needed: no start waits for it. */
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
	// The later ones keep the pages that they have freed, but for a last resort.
	return isNode20 ? () => collect() : () => collect({type: 'major', execution: 'sync', flavor: 'last-resort'});
}
