import {type Condition, judgeCondition} from '../diff/conditions.js';
import {type Audience, Engine} from '../host/engine.js';
import {type Namespace, namespaceIfThere, namespacePath, resolveNamespace} from '../host/namespace.js';
import {NamespaceWatch, namespaceAppears} from '../host/namespace-watch.js';
import {exitCode, namespaceLeft} from '../model/errors.js';
import type {Family} from '../model/link.js';
import type {Picture} from '../model/picture.js';
import type {WaitOptions} from '../options/wait-options.js';
import {findIpProgram} from '../probe/ip-program.js';
import {checkIpVersion} from '../probe/ip-version.js';
import {IpProbe} from '../probe/probe.js';
import {openStandard} from '../report/descriptor.js';
import {DaemonLog} from '../report/log.js';
import {Output} from '../report/output.js';
import {complain} from '../report/print.js';
import {stderrLog} from '../report/stderr-log.js';
import {visibleText} from '../text/byte-text.js';
import {systemClock} from '../time/clock.js';
import {Deadline} from './deadline.js';
import {pictureOf, readOnce} from './read-once.js';

/** The exit code of "no": the conditions do not hold. */
const doesNotHold = 1;
const pollIntervalMs = 30_000;
const unread = 'the namespace has not been read yet';

/** Returns when all conditions hold in one picture. Resolves to the exit code. */
export async function waitForConditions(options: WaitOptions): Promise<number> {
	const deadline = new Deadline(options.timeoutMs, systemClock);
	try {
		let why: string | undefined = unread;
		for (;;) {
			if (!(await namespaceComes(options, deadline))) {
				why = `there is no namespace ${options.netns}`;
				break;
			}
			const namespace = options.follow ? namespaceIfThere(options.netns) : resolveNamespace(options.netns);
			if (namespace === undefined) continue;
			if (options.settleMs === 0) why = await failingAtOnce(options, namespace, deadline);
			if (why === undefined) return exitCode.done;
			if (deadline.isOver) break;
			const end = await watchUntil(options, namespace, deadline, why);
			if (end.holds) return exitCode.done;
			why = end.why;
			if (deadline.isOver) break;
		}
		await complain(`${visibleText(`netmon: ${why}`)}\n`);
		return doesNotHold;
	} finally {
		deadline.stop();
	}
}

/** Resolves to false if the deadline comes first. */
async function namespaceComes({netns, follow}: WaitOptions, deadline: Deadline): Promise<boolean> {
	if (netns === undefined || !follow) return true;
	return namespaceAppears(namespacePath(netns), (call) => deadline.onOver(call));
}

/** Reads once, as cheaply as `netmon snapshot`: if all conditions hold already, no watch is needed. Resolves to why they do not. */
async function failingAtOnce(options: WaitOptions, namespace: Namespace, deadline: Deadline): Promise<string | undefined> {
	const {conditions, families, ip, follow, timeoutMs} = options;
	const needed = conditions.some(({what}) => what.kind === 'route') ? families : [];
	const read = readOnce(ip, namespace, needed).then(
		(whole) => failing(conditions, pictureOf(whole, needed), families),
		(error: unknown) => {
			// The namespace may have gone meanwhile, and the watch notices that. It reports all other errors too.
			if (follow) return unread;
			throw error;
		},
	);
	// `--timeout 0` asks once, however long that takes.
	if (timeoutMs === 0) return read;
	return Promise.race([read, new Promise<string>((resolve) => void deadline.onOver(() => resolve(unread)))]);
}

interface WaitEnd {
	readonly holds: boolean;
	/** The condition that does not hold, and why. */
	readonly why: string;
}

/** @param why what is known before its first look */
async function watchUntil(options: WaitOptions, namespace: Namespace, deadline: Deadline, why: string): Promise<WaitEnd> {
	const {families, ip, netns, follow} = options;
	const program = findIpProgram(ip, namespace.own ? undefined : namespace.path, process.env['PATH'] ?? '');
	const log = new DaemonLog({
		level: 'warn',
		format: 'human',
		output: stderrLog(new Output(openStandard(2), {dropped: () => ''})),
		fields: {},
	});
	const rules = {families, onChange: 'ignore', addressWaitMs: 0, kernelRoutes: true} as const;
	let gone: 'gone' | 'replaced' | undefined;
	let over: () => void = () => undefined;
	const isOver = new Promise<void>((resolve) => {
		over = resolve;
	});
	const waiting = new HoldingConditions(options, over, why);
	const engine = new Engine({probe: new IpProbe(program, log), clock: systemClock, log, audience: waiting}, {rules, pollIntervalMs});
	const namespaceWatch = new NamespaceWatch(namespace, (what) => {
		gone = what;
		over();
	});
	const forget = deadline.onOver(over);
	try {
		const started = engine.start(async () => void (await checkIpVersion(program)));
		await Promise.race([namespaceWatch.unlessGone(started), isOver]);
		await isOver;
	} finally {
		forget();
		namespaceWatch.stop();
		await engine.stop(0);
	}
	if (gone !== undefined && !follow && !waiting.end.holds) throw namespaceLeft(netns, gone);
	return waiting.end;
}

/** Checks each picture, and calls back once all conditions have held for long enough. */
class HoldingConditions implements Audience {
	readonly #options: WaitOptions;
	readonly #onHeld: () => void;
	#end: WaitEnd;
	#cancel: (() => void) | undefined;

	constructor(options: WaitOptions, onHeld: () => void, why: string) {
		this.#options = options;
		this.#onHeld = onHeld;
		this.#end = {holds: false, why};
	}

	get end(): WaitEnd {
		return this.#end;
	}

	observe(picture: Picture): void {
		if (this.#end.holds) return;
		const {conditions, families, settleMs} = this.#options;
		const why = failing(conditions, picture, families);
		if (why !== undefined) {
			this.#cancel?.();
			this.#cancel = undefined;
			this.#end = {holds: false, why};
			return;
		}
		this.#end = {holds: false, why: `all conditions hold, but not for ${settleMs} ms yet`};
		this.#cancel ??= systemClock.after(settleMs, () => {
			this.#end = {holds: true, why: ''};
			this.#onHeld();
		});
	}

	async stop(): Promise<void> {
		this.#cancel?.();
	}
}

/** The first condition that does not hold, and why; undefined if all hold. */
function failing(conditions: readonly Condition[], picture: Picture, families: readonly Family[]): string | undefined {
	for (const condition of conditions) {
		const {holds, why} = judgeCondition(condition, picture, families);
		if (!holds) return `${condition.text} does not hold: ${why}`;
	}
	return undefined;
}
