// Checks that each package that netmon needs to run, and each that those need, has a licence that its own allows.
//   node scripts/licences.mjs [--write FILE]   FILE: the licences of what dist/ has copies of, which has to be built
import {writeFileSync} from 'node:fs';
import {parseArgs} from 'node:util';
import {bundledPackages, licenceTexts, runtimePackages} from './packages.mjs';

/** Permissive ones, which ask for no more than that their text goes along. */
const allowed = new Set([
	'MIT',
	'MIT-0',
	'ISC',
	'Apache-2.0',
	'BSD-2-Clause',
	'BSD-3-Clause',
	'0BSD',
	'BlueOak-1.0.0',
	'CC0-1.0',
	'Unlicense',
]);

/** SPDX expressions of names, OR and AND, without nesting. */
function isAllowed(expression) {
	const words = expression.replace(/[()]/g, ' ').trim();
	return words.split(/\s+OR\s+/).some((part) => part.split(/\s+AND\s+/).every((name) => allowed.has(name.trim())));
}

const {values} = parseArgs({options: {write: {type: 'string'}}});
const packages = runtimePackages();
const refused = packages.filter(({licence}) => !isAllowed(licence));
for (const {name, version, licence} of refused) console.error(`${name} ${version}: the licence "${licence}" is not one that is allowed`);
if (values.write !== undefined) {
	const head = 'The files of this folder have copies of these packages in them.\n';
	const texts = bundledPackages().map((bundled) => {
		const own = licenceTexts(bundled);
		if (own.length === 0) throw new Error(`${bundled.name} has no file with its licence`);
		return `${bundled.name} ${bundled.version} (${bundled.licence})\n\n${own.join('\n\n')}\n`;
	});
	writeFileSync(values.write, [head, ...texts].join(`\n${'-'.repeat(80)}\n\n`));
}
const counts = new Map();
for (const {licence} of packages) counts.set(licence, (counts.get(licence) ?? 0) + 1);
console.log(`${packages.length} packages: ${[...counts].map(([licence, count]) => `${count} ${licence}`).join(', ')}`);
if (refused.length > 0) process.exitCode = 1;
