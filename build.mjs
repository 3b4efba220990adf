// Builds dist/: one file per entry, since a start that reads one file takes half the time of one that reads hundreds.
import {readFileSync, rmSync} from 'node:fs';
import {isBuiltin} from 'node:module';
import {basename} from 'node:path';
import {fileURLToPath} from 'node:url';
import {build} from 'esbuild';

const {version} = JSON.parse(readFileSync(new URL('package.json', import.meta.url), 'utf8'));

rmSync('dist', {recursive: true, force: true});

const common = {
	bundle: true,
	platform: 'node',
	target: 'node20.19',
	define: {NETMON_VERSION: JSON.stringify(version)},
	sourcemap: true,
	// Node needs the lines only, for the stacks that DEBUG shows.
	sourcesContent: false,
	// Names stay, so that a stack can be read; V8 compiles half the bytes in half the time.
	minifyWhitespace: true,
	minifySyntax: true,
	legalComments: 'none',
	logLevel: 'warning',
};

/** What the sources load by import(): it gets a file of its own, which no start reads that does not need it. */
const apart = new Map();
const sources = fileURLToPath(new URL('src', import.meta.url));
const loadedApart = {
	name: 'loaded-apart',
	setup({onResolve, resolve}) {
		onResolve({filter: /./}, async ({path, kind, resolveDir}) => {
			if (kind !== 'dynamic-import' || isBuiltin(path) || !resolveDir.startsWith(sources)) return undefined;
			const name = basename(path, '.js');
			const {path: file} = await resolve(path, {kind: 'import-statement', resolveDir});
			if ((apart.get(name) ?? file) !== file) throw new Error(`two files would be dist/${name}.cjs: ${file} and ${apart.get(name)}`);
			apart.set(name, file);
			return {path: `./${name}.cjs`, external: true};
		});
	},
};

/** Packages that no first picture needs. Each gets a file of its own, which is read at its first use. */
const late = ['p-queue', 'deep-diff'];
const lateStub = (name) => `let loaded;
	const load = () => (loaded ??= require('./${name}.cjs'));
	export default new Proxy(function () {}, {construct: (_, args) => new (load().default)(...args), get: (_, name) => load()[name]});`;
const readLate = {
	name: 'read-late',
	setup({onResolve, onLoad}) {
		onResolve({filter: /./}, ({path, kind}) =>
			kind === 'import-statement' && late.includes(path) ? {path, namespace: 'late'} : undefined,
		);
		onResolve({filter: /./, namespace: 'late'}, ({path}) => ({path, external: true}));
		onLoad({filter: /./, namespace: 'late'}, ({path}) => ({contents: lateStub(path)}));
	},
};

// CommonJS: Node starts it with fewer threads and 10 % sooner than an ECMAScript module.
const programs = {
	...common,
	outdir: 'dist',
	outExtension: {'.js': '.cjs'},
	format: 'cjs',
	// A module asked for later comes by require() too: import() would start the other loader first.
	supported: {'dynamic-import': false},
	plugins: [loadedApart, readLate],
	// oclif asks for it to compile commands written in TypeScript, which none is.
	external: ['typescript', 'pnpapi'],
};
await build({...programs, entryPoints: Object.fromEntries(late.map((name) => [name, name]))});
await build({...programs, entryPoints: {netmon: 'src/netmon.ts', 'kata-netmon': 'src/kata-netmon.ts', cli: 'src/cli.ts'}});
for (const built = new Set(); built.size < apart.size; ) {
	const entryPoints = Object.fromEntries([...apart].filter(([name]) => !built.has(name)));
	for (const name of Object.keys(entryPoints)) built.add(name);
	await build({...programs, entryPoints});
}
await build({...common, entryPoints: {index: 'src/index.ts'}, outdir: 'dist', format: 'esm', packages: 'external'});
