import {readdirSync, readFileSync} from 'node:fs';
import {posix} from 'node:path';
import {root} from '../helpers/netmon.js';

/** One import of a source file. */
export interface Import {
	/** Path below src of the file that imports: `watch/look.ts`. */
	readonly from: string;
	/** A path below src, or the name of a package or built-in module as written. */
	readonly to: string;
	/** Whether it imports only types, so that nothing is left at run time. */
	readonly typesOnly: boolean;
}

export interface SourceFile {
	readonly path: string;
	readonly lines: number;
	/** Its text without comments. */
	readonly code: string;
	readonly imports: readonly Import[];
}

/** `import … from 'x'`, `export … from 'x'`, `import 'x'`, `import('x')`, `process.getBuiltinModule('x')`. */
const importForms = [
	/\b(?:import|export)\b(?<types>\s+type\b)?[^'"`;()]*?\bfrom\s*'(?<to>[^']+)'/g,
	/^\s*import\s*'(?<to>[^']+)'/gm,
	/(?<types>\btypeof\s+)?\bimport\(\s*'(?<to>[^']+)'\s*\)/g,
	/\bgetBuiltinModule\(\s*'(?<to>[^']+)'/g,
] as const;

/** Every source file of src. */
export function readSources(): SourceFile[] {
	return readdirSync(`${root}src`, {recursive: true, encoding: 'utf8'})
		.filter((path) => path.endsWith('.ts'))
		.sort()
		.map((path) => {
			const text = readFileSync(`${root}src/${path}`, 'utf8');
			const code = withoutComments(text);
			return {path, lines: text.split('\n').length - 1, code, imports: importsOf(path, code)};
		});
}

/** @param path below src */
export function importsOf(path: string, code: string): Import[] {
	return importForms.flatMap((form) =>
		[...code.matchAll(form)].map(({groups}) => ({
			from: path,
			to: targetOf(path, groups?.['to'] ?? ''),
			typesOnly: groups?.['types'] !== undefined,
		})),
	);
}

/** A relative import names the compiled file: `./look.js` is look.ts. */
function targetOf(path: string, written: string): string {
	if (!written.startsWith('.')) return written;
	return posix.join(posix.dirname(path), written).replace(/\.js$/, '.ts');
}

/** Good enough: the sources have no comment signs in strings except `//` in URLs, which follows a colon. */
function withoutComments(text: string): string {
	return text.replaceAll(/\/\*[\s\S]*?\*\//g, '').replaceAll(/(^|[^:'"`\\])\/\/.*$/gm, '$1');
}
