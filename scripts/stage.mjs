import {cpSync, mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import {dirname, join, posix} from 'node:path';
import {root, run} from './run.mjs';

/** npm 11 warns of a tarball with a script `prepare`, though it does not run it. */
const ofDevelopment = ['scripts', 'devDependencies', 'allowScripts', 'ava'];

/** Lays out what is published, as it is built: package.json without what is for development, pages without links to pages that stay behind. */
export async function stagePackage(folder) {
	const [{files}] = JSON.parse(await npm(['pack', '--dry-run', '--json', '--ignore-scripts'], root));
	const paths = new Set(files.map(({path}) => path));
	for (const path of paths) {
		const target = join(folder, path);
		mkdirSync(dirname(target), {recursive: true});
		cpSync(join(root, path), target);
		if (path.endsWith('.md')) writeFileSync(target, withoutDeadLinks(readFileSync(target, 'utf8'), path, paths));
	}
	const whole = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
	const published = {
		...Object.fromEntries(Object.entries(whole).filter(([key]) => !ofDevelopment.includes(key))),
		dependencies: libraryDependencies(whole.dependencies),
	};
	writeFileSync(join(folder, 'package.json'), `${JSON.stringify(published, null, 2)}\n`);
}

export async function npm(args, cwd) {
	const {code, stdout, printed} = await run('npm', args, {cwd});
	if (code !== 0) throw new Error(`npm ${args.join(' ')} failed:\n${printed}`);
	return stdout;
}

/** What the library imports. The programs have copies of all that they need (dist/THIRD-PARTY-LICENCES.txt). */
function libraryDependencies(all) {
	const code = readFileSync(join(root, 'dist/index.js'), 'utf8');
	const imported = new Set([...code.matchAll(/\b(?:from|import) ?\(?"([^"]+)"/g)].map(([, name]) => name));
	return Object.fromEntries(Object.entries(all).filter(([name]) => imported.has(name)));
}

function withoutDeadLinks(text, page, paths) {
	return text.replaceAll(/\[([^\]]+)\]\(([^)#:]+)(?:#[^)]*)?\)/g, (link, words, target) => {
		const path = posix.join(posix.dirname(page), target);
		return paths.has(path) || [...paths].some((other) => other.startsWith(`${path}/`)) ? link : words;
	});
}
