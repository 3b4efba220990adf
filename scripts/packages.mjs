import {existsSync, readdirSync, readFileSync} from 'node:fs';
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

/** Those that dist/ has copies of, by the source maps of the build. */
export function bundledPackages() {
	const dist = join(root, 'dist');
	const maps = readdirSync(dist).filter((name) => name.endsWith('.map'));
	const sources = maps.flatMap((name) => JSON.parse(readFileSync(join(dist, name), 'utf8')).sources);
	const paths = new Set(sources.flatMap((source) => /node_modules\/(?:.*\/node_modules\/)?(?:@[^/]+\/)?[^/]+/.exec(source)?.[0] ?? []));
	const packages = runtimePackages();
	const unknown = [...paths].filter((path) => !packages.some((each) => each.path === path));
	if (unknown.length > 0) throw new Error(`dist/ has copies of packages that are no dependencies: ${unknown.join(', ')}`);
	return packages.filter(({path}) => paths.has(path));
}

/** The texts that have to go along with a copy of a package: its licence, and its notice where it has one. */
export function licenceTexts({path}) {
	const folder = join(root, path);
	const files = existsSync(folder) ? readdirSync(folder).filter((name) => /^(?:licen[cs]e|copying|notice)/i.test(name)) : [];
	return files.sort().map((name) => readFileSync(join(folder, name), 'utf8').trim());
}
