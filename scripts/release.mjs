// Makes a release: checks, audit, licences, bill of materials, package. Publishes nothing unless --publish is said.
//   node scripts/release.mjs [--out FOLDER] [--publish]
import {mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join, resolve} from 'node:path';
import {parseArgs} from 'node:util';
import {runtimePackages} from './packages.mjs';
import {root, run} from './run.mjs';

const {values} = parseArgs({options: {out: {type: 'string'}, publish: {type: 'boolean', default: false}}});
const out = values.out === undefined ? mkdtempSync(join(tmpdir(), 'netmon-release-')) : resolve(values.out);
mkdirSync(out, {recursive: true});
const {name, version} = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

async function step(title, file, args) {
	const result = await run(file, args);
	console.log(`${result.code === 0 ? 'ok  ' : 'FAIL'}  ${title}`);
	if (result.code !== 0) {
		console.log(result.printed);
		throw new Error(`${title} failed, nothing is released`);
	}
	return result.stdout;
}

/** A registry without advisories leaves that question open: enough for a trial, not for a release. */
async function audit() {
	const {code, printed} = await run('npm', ['audit', '--omit=dev']);
	const open = code !== 0 && /audit endpoint returned an error/.test(printed);
	console.log(`${code === 0 ? 'ok  ' : open ? 'open' : 'FAIL'}  npm audit${open ? ': this registry has none' : ''}`);
	if (code === 0 || (open && !values.publish)) return;
	console.log(printed);
	throw new Error('npm audit did not pass, nothing is released');
}

/** npm's own --omit=dev also leaves out what development needs as well; and it names the package after its folder. */
function billOfRuntime(bill) {
	const needed = new Set(runtimePackages().map((each) => `${each.name}@${each.version}`));
	const components = bill.components.filter((component) => needed.has(component['bom-ref'].replace(/\|.*/, '')));
	if (components.length < needed.size) throw new Error(`the bill of materials has ${components.length} of ${needed.size} packages`);
	const kept = new Set([...components.map((component) => component['bom-ref']), bill.metadata.component['bom-ref']]);
	const dependencies = bill.dependencies
		.filter(({ref}) => kept.has(ref))
		.map(({ref, dependsOn}) => ({ref, dependsOn: dependsOn.filter((other) => kept.has(other))}));
	return {...bill, metadata: {...bill.metadata, component: {...bill.metadata.component, name}}, components, dependencies};
}

try {
	if (values.publish) {
		const changes = await step('git status', 'git', ['status', '--porcelain']);
		if (changes !== '') throw new Error(`not all is committed, nothing is released:\n${changes}`);
	}
	await step('npm run check', 'npm', ['run', 'check']);
	await audit();
	await step('npm run build', 'npm', ['run', 'build']);
	const bill = await step('npm sbom', 'npm', ['sbom', '--package-lock-only', '--sbom-format', 'cyclonedx']);
	writeFileSync(join(out, `${name}-${version}.cdx.json`), `${JSON.stringify(billOfRuntime(JSON.parse(bill)), null, 2)}\n`);
	await step('npm pack', process.execPath, ['scripts/pack.mjs', '--out', out]);
	await step('Debian package', process.execPath, ['scripts/deb.mjs', '--out', out]);
	if (values.publish) await step('npm publish', 'npm', ['publish', '--ignore-scripts', join(out, `${name}-${version}.tgz`)]);
	console.log(`${values.publish ? 'published' : 'nothing is published (--publish would)'}; in ${out}: ${readdirSync(out).join(', ')}`);
} catch (error) {
	console.error(error.message);
	process.exitCode = 1;
}
