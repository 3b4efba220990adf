import {mkdirSync} from 'node:fs';
import type {ExecutionContext} from 'ava';
import {type SandboxDirectory, sandboxDirectory} from '../../src/runtime/sandbox.js';
import {scratchFolder} from './runtime.js';

/** The directory of a sandbox, made, and removed with all in it when the test has ended. */
export function scratchSandbox(t: ExecutionContext): SandboxDirectory {
	const {path, close} = scratchFolder();
	t.teardown(close);
	const directory = sandboxDirectory(path, 'sb');
	mkdirSync(directory.path);
	return directory;
}
