import {existsSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import {root} from './run.mjs';

/** What netmon needs to run, and all that needs: as the lock file has it, whether or not a tool of development needs it too. */
export function runtimePackages() {
	const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
	return Object.entries(lock.packages).flatMap(([path, locked]) => {
		if (path === '' || locked.dev || locked.devOptional) return [];
		const file = join(root, path, 'package.json');
		// What is for another platform is not installed: then the lock file tells.
		const {name, version, license} = existsSync(file)
			? JSON.parse(readFileSync(file, 'utf8'))
			: {name: path.split('node_modules/').at(-1), ...locked};
		return [{path, name, version, licence: typeof license === 'string' ? license : (license?.type ?? 'none')}];
	});
}
