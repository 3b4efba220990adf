import {dirname, isAbsolute, join} from 'node:path';
import {claimFolder, makeFolder} from '../files/make-folder.js';
import {reasonOf, StateDirectoryError, UsageError} from '../model/errors.js';

const directoryMode = 0o750;
/** A path component that cannot leave its directory or be taken for an option. */
const sandboxForm = /^[A-Za-z0-9][A-Za-z0-9_.-]*$/;

/** Shared by all sandboxes of a state directory; no sandbox id starts with a dot. */
export const checkedIpFile = '.checked-ip.json';

/** The files that netmon writes for one sandbox. */
export interface SandboxDirectory {
	readonly sandbox: string;
	readonly path: string;
	readonly sharedFile: string;
	readonly announcedFile: string;
	readonly intentFile: string;
	readonly lockFile: string;
}

export function isSandboxId(text: string): boolean {
	return sandboxForm.test(text);
}

/** Throws a UsageError if the id could name anything but its own directory. Makes nothing. */
export function sandboxDirectory(stateDir: string, sandbox: string): SandboxDirectory {
	if (!isSandboxId(sandbox)) {
		throw new UsageError(
			`invalid sandbox id ${JSON.stringify(sandbox)}`,
			'A sandbox id starts with a letter or digit, and has only letters, digits, "_", "." and "-".',
		);
	}
	if (!isAbsolute(stateDir)) {
		throw new UsageError(
			`the state directory ${JSON.stringify(stateDir)} is not an absolute path`,
			'Name it from the root: --state-dir /path.',
		);
	}
	const path = join(stateDir, sandbox);
	return {
		sandbox,
		path,
		sharedFile: join(path, 'shared.json'),
		announcedFile: join(path, 'announced.json'),
		intentFile: join(path, 'call.json'),
		lockFile: join(path, 'netmon.lock'),
	};
}

/**
 * Makes the directory with mode 0750, regardless of the umask. If it exists, checks that it belongs to this user and sets that mode.
 * Its parent may be shared (/tmp), so an existing parent stays as it is.
 *
 * @param onOtherMode called with the old mode (octal) if it was changed
 */
export function makeDirectory(directory: SandboxDirectory, onOtherMode: (mode: string) => void = () => undefined): void {
	try {
		makeFolder(dirname(directory.path), directoryMode);
		const mode = claimFolder(directory.path, directoryMode);
		if (mode !== directoryMode) onOtherMode(mode.toString(8));
	} catch (error) {
		throw new StateDirectoryError(
			`cannot use the state directory ${directory.path}: ${reasonOf(error)}`,
			'Make it writable for this user, or name another with --state-dir PATH.',
			{cause: error},
		);
	}
}
