import {IpUnavailableError, makeRoom, messageOf} from '../model/errors.js';
import {Child} from '../process/child.js';
import {SpawnError} from '../process/spawn-error.js';
import {type IpProgram, ipCommand} from './ip-program.js';

const timeLimitMs = 10_000;

const mostTries = 6;
const retryBaseMs = 100;

/** 5.5.0 calls itself ss200127; releases before 5.8 have dates only (docs/iproute2.md, "Versions and busybox"). */
const oldestDate = 200127;
const oldest = [5, 5] as const;

const advice = 'Install iproute2 5.5 or later, or name its program with --ip PATH.';

/** Whether `ip -V` names a release whose JSON of routes can be used. An unknown form counts as usable: its answers are checked anyway. */
export function judgeVersion(printed: string): 'usable' | 'too old' | 'not iproute2' {
	if (!/iproute2/.test(printed)) return 'not iproute2';
	const date = /iproute2-ss(\d{6})/.exec(printed)?.[1];
	if (date !== undefined) return Number(date) >= oldestDate ? 'usable' : 'too old';
	const [, major, minor] = /iproute2-v?(\d+)\.(\d+)/.exec(printed) ?? [];
	if (major === undefined || minor === undefined) return 'usable';
	const older = Number(major) < oldest[0] || (Number(major) === oldest[0] && Number(minor) < oldest[1]);
	return older ? 'too old' : 'usable';
}

/** Resolves to the name and version that `ip` prints. Rejects with an IpUnavailableError that names the program and what to install. */
export async function checkIpVersion(program: IpProgram): Promise<string> {
	const printed = await printVersion(program);
	const first = printed.split('\n', 1)[0]?.trim() ?? '';
	switch (judgeVersion(printed)) {
		case 'usable':
			return first;
		case 'too old':
			throw new IpUnavailableError(`${program.path} is "${first}", whose JSON of routes cannot be used`, advice);
		case 'not iproute2':
			throw new IpUnavailableError(`${program.path} is not iproute2: it says "${first.slice(0, 120)}"`, advice);
	}
}

/** A shortage of the machine may pass: try as often as the first look does, for about three seconds. */
async function printVersion(program: IpProgram): Promise<string> {
	for (let tries = 1; ; tries += 1) {
		try {
			return await printOnce(program);
		} catch (error) {
			const passing = error instanceof SpawnError && error.passing;
			if (passing && tries < mostTries) await new Promise((resolve) => setTimeout(resolve, retryBaseMs * 2 ** (tries - 1)));
			else throw new IpUnavailableError(`${program.path} cannot be run: ${messageOf(error)}`, passing ? makeRoom : advice, {cause: error});
		}
	}
}

function printOnce(program: IpProgram): Promise<string> {
	return new Promise((resolve, reject) => {
		let printed = '';
		const take = (chunk: Buffer) => {
			if (printed.length < 10_000) printed += chunk.toString('latin1');
		};
		// Not collected by execa: loading it would take longer than everything else before the subscription.
		const child = new Child(
			ipCommand({...program, netns: undefined}, ['-V']),
			program.mortality,
			{stdin: 'ignore', stdout: 'pipe', env: program.environment},
			{
				onStdout: take,
				onStderr: take,
				onEnd({failure}) {
					clearTimeout(timer);
					if (failure === undefined) resolve(printed);
					else reject(failure);
				},
			},
		);
		// Kill its group too: a wrapper's child would hold the pipes open, and netmon would wait for their end.
		const timer = setTimeout(() => child.kill(), timeLimitMs);
	});
}
