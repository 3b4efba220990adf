import {mkdirSync} from 'node:fs';
import type {ExecutionContext} from 'ava';
import {type SandboxDirectory, sandboxDirectory} from '../../src/runtime/sandbox.js';
import {scratchFolder} from './runtime.js';

/** Makes the directory of a sandbox, and removes it when the test has ended. */
export function scratchSandbox(t: ExecutionContext): SandboxDirectory {
	const {path, close} = scratchFolder();
	t.teardown(close);
	const directory = sandboxDirectory(path, 'sb');
	mkdirSync(directory.path);
	return directory;
}
