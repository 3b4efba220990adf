import {spawnSync} from 'node:child_process';
import {whyNoNamespace} from '../helpers/namespace.js';
import {programCommand} from '../helpers/netmon.js';

const isRoot = process.getuid?.() === 0;

/** The command line that runs a program as the user nobody. */
export function asNobody([file, args]: readonly [string, readonly string[]]): [string, string[]] {
	return ['setpriv', ['--reuid', '65534', '--regid', '65534', '--clear-groups', file, ...args]];
}

/** Why nobody else can be: only root may, and nobody must be able to read this tree. Undefined where it works. */
export const whyNotNobody: string | undefined = (() => {
	if (whyNoNamespace !== undefined) return whyNoNamespace;
	if (!isRoot) return 'only root can become nobody';
	const [file, args] = asNobody(programCommand('netmon', ['--version']));
	const {status, stderr, error} = spawnSync(file, args, {encoding: 'utf8'});
	return status === 0 ? undefined : `nobody cannot run it: ${error?.message ?? stderr.split('\n')[0]}`;
})();

/** Why that cannot be mounted in mounts of one's own; undefined where it can. */
export function whyNot(script: string, more: readonly string[] = []): string | undefined {
	if (whyNoNamespace !== undefined) return whyNoNamespace;
	const unshare = [...(isRoot ? [] : ['--map-root-user']), '--mount', ...more, '/bin/sh', '-ec', script];
	const {status, stderr, error} = spawnSync('unshare', unshare, {encoding: 'utf8'});
	return status === 0 ? undefined : (error?.message ?? stderr.split('\n')[0] ?? 'unknown');
}
