import {decisionSentence} from '../diff/decision-text.js';
import {decisionsOf} from '../diff/decisions.js';
import {announcedAtStart} from '../diff/rules.js';
import {isSameNamespace, ownPath, resolveNamespace} from '../host/namespace.js';
import type {Decision} from '../model/decision.js';
import {exitCode, RuntimeUnavailableError, UsageError} from '../model/errors.js';
import type {HeldCall, NamespaceState} from '../model/watch-state.js';
import type {WhyOptions} from '../options/inside-options.js';
import {print} from '../report/print.js';
import {visibleText} from '../text/byte-text.js';
import {pictureOf, readOnce} from './read-once.js';
import {runningWatches} from './running-watches.js';

type Decided = Pick<NamespaceState, 'netns' | 'sandbox' | 'decisions' | 'held'>;

/** Prints what was decided, and why: by a running watch, or else by a watch that would start now. Resolves to the exit code. */
export async function explain(options: WhyOptions): Promise<number> {
	const {what, json, netns, sandbox} = options;
	const running = (await runningWatches()).flatMap(({pid, namespaces}) => namespaces.filter((state) => isMeant(state, pid, options)));
	if (running.length === 0 && sandbox !== undefined) {
		throw new RuntimeUnavailableError(
			`no running netmon watches for the sandbox "${sandbox}"`,
			'See netmon list for those that are watched, or name a namespace with --netns.',
		);
	}
	const decided: readonly Decided[] = running.length > 0 ? running : [await decideAfresh(options)];
	const answers = decided.map((each) => ({...each, decisions: each.decisions.filter((decision) => isAbout(decision, what))}));
	if (what !== undefined && answers.every(({decisions}) => decisions.length === 0)) {
		const known = [
			...new Set(decided.flatMap(({decisions}) => decisions.flatMap(({subject}) => ('interface' in subject ? [subject.interface] : [])))),
		];
		throw new UsageError(`"${what}" is no interface or route of ${netns ?? sandbox ?? 'this namespace'}`, `There are ${known.join(', ')}.`);
	}
	if (json) await print(`${JSON.stringify(answers.flatMap(({decisions}) => decisions))}\n`);
	else await print(answers.map((answer) => textOf(answer, answers.length > 1)).join(''));
	return exitCode.done;
}

function isMeant(state: NamespaceState, pid: number, {netns, sandbox}: WhyOptions): boolean {
	if (sandbox !== undefined && state.sandbox !== sandbox) return false;
	if (netns === undefined && sandbox !== undefined) return true;
	return isSameNamespace(state.netns ?? `/proc/${pid}/ns/net`, netns ?? ownPath);
}

async function decideAfresh({netns, ip, families}: WhyOptions): Promise<Decided> {
	const picture = pictureOf(await readOnce(ip, resolveNamespace(netns), families), families);
	const rules = {families, onChange: 'first-address', addressWaitMs: 0, kernelRoutes: false} as const;
	const decisions = decisionsOf(picture, announcedAtStart(picture.table, families), rules, 0);
	return {netns: netns ?? null, sandbox: null, decisions, held: []};
}

function isAbout({subject}: Decision, what: string | undefined): boolean {
	if (what === undefined) return true;
	return 'interface' in subject ? subject.interface === what || String(subject.ifindex) === what : subject.route === what;
}

function textOf({netns, sandbox, decisions, held}: Decided, withHead: boolean): string {
	const head = withHead ? [`${netns ?? 'own namespace'}${sandbox === null ? '' : `, sandbox ${sandbox}`}:`] : [];
	const names = new Map(decisions.flatMap(({subject}) => ('interface' in subject ? [[subject.ifindex, subject.interface] as const] : [])));
	const calls = held.flatMap((call) => heldSentence(call, names) ?? []);
	return [...head, ...decisions.map(decisionSentence), ...calls].map((line) => `${visibleText(line)}\n`).join('');
}

/** `add-iface 4.0` is about the interface with index 4. Undefined if that is not among these. */
function heldSentence({call, attempts, reason, stderr, until}: HeldCall, names: ReadonlyMap<number, string>): string | undefined {
	const [, op = call, ifindex] = /^((?:add|del)-iface) (\d+)\./.exec(call) ?? [];
	const name = ifindex === undefined ? '' : names.get(Number(ifindex));
	if (name === undefined) return undefined;
	const seconds = Math.max(0, Math.round((Date.parse(until) - Date.now()) / 1000));
	const said = stderr === undefined || stderr === '' ? '' : ` (${stderr.trimEnd().split('\n').at(-1)})`;
	const next = seconds === 0 ? 'the next attempt is due' : `next attempt in ${seconds} s`;
	return `${op}${name === '' ? '' : ` ${name}`}: attempt ${attempts} failed: ${reason}${said}, ${next}`;
}
