// Tests what consumers get: packs what is built, installs it in empty folders, and runs it from there. Build first: npm run build
//   node scripts/test-package.mjs [--all]
// --all: a global installation and all resolutions of types too, and lintian where it is installed.
import {existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {parseArgs} from 'node:util';
import {checkPackage, createPackageFromTarballData} from '@arethetypeswrong/core';
import {publint} from 'publint';
import {commandPages} from './command-pages.mjs';
import {version} from './provenance.mjs';
import {conclude, root, run, runOnline} from './run.mjs';

const {values} = parseArgs({options: {all: {type: 'boolean', default: false}}});
const work = mkdtempSync(join(tmpdir(), 'netmon-package-'));
const node = process.execPath;
const commands = commandPages().commands.map(({name}) => name);
const results = [];
process.exitCode = 1;
try {
	const tarball = (await step('npm pack', node, ['scripts/pack.mjs', '--out', work], root)).trim();
	await testNpm(tarball);
	await lintNpm(tarball);
	if (values.all) await testGlobal(tarball);
	const deb = await testDebian();
	if (values.all && deb !== undefined) await lintDebian(deb);
	conclude(results);
} catch (error) {
	console.error(error.message);
} finally {
	rmSync(work, {recursive: true, force: true});
}

/** A step without which there is nothing more to test. */
async function step(title, file, args, cwd, env = {}) {
	const {code, stdout, printed} = await run(file, args, {cwd, env});
	if (code !== 0) throw new Error(`FAIL  ${title}\n${printed}`);
	return stdout;
}

/** @param expected what it has to print, or to begin with */
async function check(title, file, args, cwd, expected, env = {}) {
	const {code, printed} = await run(file, args, {cwd, env});
	const passed = code === 0 && (expected instanceof RegExp ? expected.test(printed) : printed === expected);
	results.push(passed);
	console.log(`${passed ? 'ok  ' : 'FAIL'}  ${title}`);
	if (!passed) console.log(`exit ${code}, where ${expected} was expected:\n${printed}`);
}

function expectEqual(title, found, expected) {
	const passed = JSON.stringify(found) === JSON.stringify(expected);
	results.push(passed);
	console.log(`${passed ? 'ok  ' : 'FAIL'}  ${title}`);
	if (!passed) console.log(`${JSON.stringify(found)}, where ${JSON.stringify(expected)} was expected`);
}

async function testNpm(tarball) {
	const folder = join(work, 'consumer');
	mkdirSync(folder);
	writeFileSync(join(folder, 'package.json'), '{"private": true, "type": "module"}\n');
	const said = await runOnline(['install', '--prefer-offline', '--no-audit', '--no-fund', tarball], {cwd: folder});
	if (said.unreachable !== undefined) {
		console.log(`skipped: the package installed by npm: npm cannot get what it depends on from its registry: ${said.unreachable}`);
		return;
	}
	if (said.code !== 0) throw new Error(`FAIL  npm install\n${said.printed}`);
	// Not of the registry, which may be slow, and may deprecate a version on any day.
	const warnings = said.printed.split('\n').filter((line) => /\bwarn (?!network|tarball|cleanup|deprecated)/i.test(line));
	expectEqual('npm install has nothing to warn of: no script, no engine', warnings, []);
	const installed = join(folder, 'node_modules/netmon');
	const {scripts, devDependencies} = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8'));
	expectEqual('the package has no scripts', [scripts, devDependencies], [undefined, undefined]);
	expectEqual('it has the types in one file, and nothing of src or test', readdirSync(installed).sort(), [
		...['CHANGELOG.md', 'LICENSE', 'README.md', 'bin', 'completion', 'dist', 'docs', 'package.json', 'schemas'],
		...(existsSync(join(root, 'systemd')) ? ['systemd'] : []),
	]);
	const bin = join(folder, 'node_modules/.bin');
	for (const name of commands) await check(`npm: netmon ${name} --help`, join(bin, 'netmon'), [name, '--help'], folder, /USAGE\n/);
	await testPrograms('npm', bin, folder);
	await testLibrary(folder);
}

async function testPrograms(title, bin, cwd) {
	const netmon = join(bin, 'netmon');
	await check(`${title}: netmon --version`, netmon, ['--version'], cwd, new RegExp(`^netmon/${version.replaceAll('.', '\\.')} `));
	await check(`${title}: netmon snapshot`, netmon, ['snapshot'], cwd, /\blo\b/);
	await check(`${title}: kata-netmon -help`, join(bin, 'kata-netmon'), ['-help'], cwd, /kata-runtime/);
	const story = `"$1" -s sb -r /bin/true & pid=$!; until [ -e "$NETMON_STATE_DIR/sb/netmon.lock" ]; do kill -0 $pid || exit 9; sleep 0.1; done; kill $pid; wait $pid`;
	const state = {NETMON_STATE_DIR: join(work, `${title}-state`)};
	await check(`${title}: kata-netmon watches, and ends at SIGTERM`, 'sh', ['-c', story, 'sh', join(bin, 'kata-netmon')], cwd, '', state);
}

async function testLibrary(folder) {
	const use = 'console.log(typeof watch, UserError.name)';
	await check(
		'library: import',
		node,
		['--input-type=module', '-e', `import {watch, UserError} from 'netmon'; ${use}`],
		folder,
		'function UserError\n',
	);
	const required = `const {watch, UserError} = require('netmon'); ${use}`;
	await check('library: require', node, ['--no-warnings', '--input-type=commonjs', '-e', required], folder, 'function UserError\n');
	const first = `import {watch} from 'netmon'; for await (const event of watch()) { console.log(event.event); break; }`;
	await check('library: its first event', node, ['--input-type=module', '-e', first], folder, 'interface-found\n');
	const program = `import {type Event, type WatchSettings, watch} from 'netmon';
const settings: WatchSettings = {families: ['inet']};
export async function first(): Promise<Event | undefined> {
	for await (const event of watch(settings)) if (event.event === 'route-added' && event.route.dst !== '') return event;
	return undefined;
}
`;
	writeFileSync(join(folder, 'program.ts'), program);
	const tsc = join(root, 'node_modules/typescript/bin/tsc');
	const resolutions = [
		['nodenext', 'nodenext'],
		['esnext', 'bundler'],
		['esnext', 'node10'],
	];
	// test/library/types.test.ts has them all, by the same package.json.
	for (const [module, moduleResolution] of values.all ? resolutions : resolutions.slice(0, 1)) {
		const own = {noEmit: true, strict: true, target: 'es2022', lib: ['es2022', 'dom'], types: [], skipDefaultLibCheck: true};
		const compilerOptions = {...own, module, moduleResolution};
		writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({compilerOptions, files: ['program.ts']}));
		await check(`library: types, ${moduleResolution}`, node, [tsc, '-p', folder], folder, '');
	}
}

/** npm links man pages for what is installed globally only. */
async function testGlobal(tarball) {
	const prefix = join(work, 'global');
	const local = join(work, 'consumer/node_modules');
	await step('npm install -g', 'npm', ['install', '-g', '--prefix', prefix, '--prefer-offline', '--no-audit', '--no-fund', tarball], work);
	const pages = [...commands.map((name) => `netmon-${name}.1`), 'kata-netmon.1', 'netmon.1'].sort();
	expectEqual('npm install -g brings the man pages', readdirSync(join(prefix, 'share/man/man1')).sort(), pages);
	expectEqual('npm install without -g does not', existsSync(join(local, '../share/man')), false);
}

/** Undefined where there is no dpkg-deb. */
async function testDebian() {
	if ((await run('dpkg-deb', ['--version'])).code !== 0) {
		console.log('skipped: the Debian package: dpkg-deb is not installed');
		return undefined;
	}
	const deb = (
		await step('Debian package', node, ['scripts/deb.mjs', '--out', work], root, {DEBFULLNAME: 'Tests', DEBEMAIL: 'tests@example.org'})
	).trim();
	const tree = join(work, 'debian');
	await step('dpkg-deb -x', 'dpkg-deb', ['-x', deb, tree], work);
	await check(
		'Debian: it depends on what netmon needs',
		'dpkg-deb',
		['-f', deb, 'Depends'],
		work,
		'nodejs (>= 20.19), iproute2 (>= 5.5), util-linux (>= 2.33)\n',
	);
	// Debian's node is /usr/bin/node; this machine's may be another one.
	const bin = join(work, 'debian-bin');
	mkdirSync(bin);
	for (const [name, script] of [
		['netmon', 'run'],
		['kata-netmon', 'kata-netmon'],
	]) {
		writeFileSync(join(bin, name), `#!/bin/sh\nexec '${node}' '${tree}/usr/lib/netmon/bin/${script}.js' "$@"\n`, {mode: 0o755});
	}
	await testPrograms('Debian', bin, work);
	await check(
		'Debian: the links lead to the programs',
		'sh',
		['-c', 'head -qn 1 usr/bin/netmon usr/bin/kata-netmon'],
		tree,
		'#!/usr/bin/node\n#!/usr/bin/node\n',
	);
	const completion = await step('completion', join(bin, 'netmon'), ['completion', 'fish'], work);
	expectEqual(
		'Debian: the completion is the one that it prints',
		readFileSync(join(tree, 'usr/share/fish/vendor_completions.d/netmon.fish'), 'utf8') === completion,
		true,
	);
	expectEqual('Debian: a man page for each command', readdirSync(join(tree, 'usr/share/man/man1')).length, commands.length + 2);
	return deb;
}

async function lintNpm(tarball) {
	const packed = new Uint8Array(readFileSync(tarball));
	const {messages} = await publint({pack: {tarball: packed.buffer}, strict: true});
	expectEqual('publint', messages, []);
	const {types, problems = []} = await checkPackage(createPackageFromTarballData(packed));
	// require() finds an ECMAScript module, which every Node that engines allows can do.
	const kinds = problems.map(({kind}) => kind).filter((kind) => kind !== 'CJSResolvesToESM');
	expectEqual('are the types wrong', [types?.kind, kinds], ['included', []]);
}

async function lintDebian(deb) {
	if ((await run('lintian', ['--version'])).code !== 0) console.log('skipped: lintian is not installed');
	else
		await check('lintian', 'lintian', ['--display-info', '--pedantic', '--fail-on', 'error,warning,info', '--allow-root', deb], work, '');
}
