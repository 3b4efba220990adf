import {join} from 'node:path';
import {pathToFileURL} from 'node:url';
import {build} from 'esbuild';
import {root} from './programs.mjs';

/** Modules of src/, compiled on the spot: what is measured is what the source says now. */
export async function loadSource(scratch) {
	const outfile = join(scratch, 'source.mjs');
	const modules = [
		'diff/absorb',
		'diff/first-table',
		'diff/causes',
		'diff/plan',
		'diff/events',
		'diff/rules',
		'diff/wishes',
		'model/announced',
		'tell/route-list',
		'probe/ask/batch-queries',
		'probe/ip-program',
		'probe/monitor/monitor-process',
		'probe/read/route-dump',
		'probe/read/snapshot',
		'runtime/payload',
		'runtime/prepared-launcher',
		'runtime/runtime-caller',
		'runtime/sandbox',
		'files/own-file',
		'runtime/state-file',
		'time/clock',
		'host/engine',
		'app/journal',
		'journal/moment',
	];
	await build({
		stdin: {contents: modules.map((name) => `export * from './src/${name}.ts';`).join('\n'), resolveDir: root},
		outfile,
		bundle: true,
		platform: 'node',
		format: 'esm',
		banner: {
			js: `import {createRequire} from 'node:module'; const require = createRequire(${JSON.stringify(join(root, 'package.json'))});`,
		},
		logLevel: 'warning',
	});
	return import(pathToFileURL(outfile).href);
}
