/** This many changes are a storm, which leaves garbage behind. */
const stormChanges = 300;
/** Code that makes this many events is worth compiling well, whatever memory that takes (docs/performance.md). */
const hotChanges = 10_000;
/** A storm is over when nothing has changed for this long. */
const calmMs = 1500;

/** The first collection finds what the second can free (buffers outside the heap), and the third compacts. */
const rounds = 3;
const roundMs = 200;

/**
 * Gives memory back after a storm. V8 collects garbage when memory is needed, not when it is calm: the garbage of ten thousand routes
 * would stay until the next ten thousand.
 */
export class MemoryTrim {
	#changes = 0;
	#rounds = 0;
	#timer: NodeJS.Timeout | undefined;
	#collect: (() => void) | undefined;

	constructor() {
		setFlags(['--semi-space-growth-factor=1', ...coolFlags]);
	}

	note(changes: number): void {
		this.#changes += changes;
		if (this.#changes >= hotChanges) setFlags(hotFlags);
		if (this.#changes < stormChanges) return;
		if (this.#timer === undefined) this.#timer = setTimeout(() => this.#trim(), calmMs).unref();
		else this.#timer.refresh();
	}

	stop(): void {
		clearTimeout(this.#timer);
	}

	#trim(): void {
		this.#changes = 0;
		setFlags(coolFlags);
		this.#collect ??= exposedCollector();
		this.#collect();
		this.#rounds += 1;
		this.#timer = this.#rounds < rounds ? setTimeout(() => this.#trim(), roundMs).unref() : undefined;
		this.#rounds %= rounds;
	}
}

/** Later versions need other flags for the same. */
const isNode20 = process.versions.v8.startsWith('11.');

/**
 * Tells V8 not to let the young generation grow, and to use its compilers less, because their threads keep all the memory that they ever
 * allocated (a malloc arena each). This saves 10 MB after hours, and costs at most a tenth of the speed under the heaviest load
 * (docs/performance.md).
 */
const coolFlags = isNode20 ? ['--no-turbo-inlining', '--interrupt-budget=4000000'] : ['--no-opt', '--no-maglev'];
/** V8's own budget. */
const hotFlags = isNode20 ? ['--interrupt-budget=135168'] : [];

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
