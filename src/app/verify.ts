import {type Comparison, type GuestState, sideBySide} from '../diff/verify.js';
import {messageOf, RuntimeUnavailableError} from '../model/errors.js';
import type {VerifyOptions} from '../options/inside-options.js';
import {collect} from '../process/collect.js';
import {Mortality} from '../process/mortal.js';
import {aligned} from '../report/aligned.js';
import {print} from '../report/print.js';
import {readGuestState} from '../runtime/guest-state.js';
import {runningWatches} from './running-watches.js';

const limitMs = 30_000;
const mostBytes = 256 * 1024 * 1024;

/** As in diff(1): 0 if all sides agree, 1 if they differ, 2 on any trouble. */
const verdict = {same: 0, differs: 1} as const;

/** Compares the namespace, what was announced, and what the guest reports. Resolves to the exit code. */
export async function verify({sandbox, guest, json}: VerifyOptions): Promise<number> {
	const state = (await runningWatches()).flatMap(({namespaces}) => namespaces).find((each) => each.sandbox === sandbox);
	if (state === undefined) {
		throw new RuntimeUnavailableError(
			`no running netmon watches for the sandbox "${sandbox}"`,
			'See netmon list for those that are watched.',
		);
	}
	const rows = sideBySide(state, guest === undefined ? undefined : await askGuest(guest));
	await print(json ? `${JSON.stringify(rows)}\n` : table(rows, guest !== undefined));
	return rows.some(({differs}) => differs) ? verdict.differs : verdict.same;
}

/** COMMAND is the user's own shell command. */
async function askGuest(command: string): Promise<GuestState> {
	const searchPath = process.env['PATH'] ?? '';
	try {
		const shell = {file: '/bin/sh', args: ['-c', command]};
		const {exitCode, reason, stdout, stderr} = await collect(shell, new Mortality(searchPath), {limitMs, mostBytes});
		if (exitCode !== 0) throw new Error(`${exitCode === undefined ? reason : `exit code ${exitCode}`}: ${stderr.toString('utf8').trim()}`);
		return readGuestState(stdout.toString('utf8'));
	} catch (error) {
		throw new RuntimeUnavailableError(
			`cannot ask the guest: ${messageOf(error)}`,
			'Give --guest a command that prints `ip -j addr` and `ip -j route` of the guest, or list-ifaces and list-routes of kata-runtime.',
			{cause: error},
		);
	}
}

function table(rows: readonly Comparison[], withGuest: boolean): string {
	const head = ['', 'WHAT', 'NAMESPACE', 'ANNOUNCED', ...(withGuest ? ['GUEST'] : [])];
	const cells = rows.map(({what, namespace, announced, guest, differs}) => [
		...[differs ? '!' : ' ', what, namespace ?? '-', announced ?? '-'],
		...(withGuest ? [guest ?? '-'] : []),
	]);
	return aligned([head, ...cells]);
}
