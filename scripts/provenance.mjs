import {spawnSync} from 'node:child_process';
import {readFileSync, statSync} from 'node:fs';
import {join} from 'node:path';
import {root} from './run.mjs';

export const {version} = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

/** When the sources were made, so that the same sources make the same files: reproducible-builds.org, else the last commit, else package.json. */
export function sourceDate() {
	const seconds = process.env.SOURCE_DATE_EPOCH || lastCommit();
	return seconds === undefined ? statSync(join(root, 'package.json')).mtime : new Date(Number(seconds) * 1000);
}

function lastCommit() {
	const {status, stdout} = spawnSync('git', ['log', '-1', '--format=%ct'], {cwd: root, encoding: 'utf8'});
	return status === 0 && /^\d+\n$/.test(stdout) ? stdout : undefined;
}
