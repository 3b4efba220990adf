// Makes a Debian package of what is built. Build first: npm run build
//   node scripts/deb.mjs [--out FOLDER]   prints the path of the package
// The maintainer is DEBFULLNAME <DEBEMAIL>, else the author of the last commit. The same sources make the same package.
import {execFileSync} from 'node:child_process';
import {
	chmodSync,
	cpSync,
	existsSync,
	mkdirSync,
	mkdtempSync,
	readdirSync,
	readFileSync,
	rmSync,
	statSync,
	symlinkSync,
	writeFileSync,
} from 'node:fs';
import {tmpdir} from 'node:os';
import {dirname, join, resolve} from 'node:path';
import {parseArgs} from 'node:util';
import {gzipSync} from 'node:zlib';
import {bundledPackages, licenceTexts} from './packages.mjs';
import {sourceDate, version} from './provenance.mjs';
import {root} from './run.mjs';
import {stagePackage} from './stage.mjs';

const {values} = parseArgs({options: {out: {type: 'string', default: '.'}}});
const revision = `${version}-1`;
const work = mkdtempSync(join(tmpdir(), 'netmon-deb-'));
const staged = join(work, 'npm');
const tree = join(work, 'deb');
const date = sourceDate();
try {
	await stagePackage(staged);
	placePrograms();
	placePages();
	placeCompletions();
	placeUnits();
	placeControl();
	// Whatever the umask was, here and in the clone.
	execFileSync('chmod', ['-R', 'u+rwX,go+rX,go-w', tree]);
	console.log(build(resolve(values.out)));
} catch (error) {
	console.error(error.message);
	process.exitCode = 1;
} finally {
	rmSync(work, {recursive: true, force: true});
}

/** The programs are bundles: they need nothing of node_modules. The library does, and npm brings it. */
function placePrograms() {
	const home = 'usr/lib/netmon';
	const ofLibrary = /^index\.|^man$|^THIRD-PARTY/;
	for (const name of readdirSync(join(staged, 'dist')))
		if (!ofLibrary.test(name)) place(join(staged, 'dist', name), `${home}/dist/${name}`);
	for (const name of readdirSync(join(staged, 'bin'))) {
		const file = place(join(staged, 'bin', name), `${home}/bin/${name}`);
		const code = readFileSync(file, 'utf8');
		// Debian's node, whatever else is called node in PATH.
		write(`${home}/bin/${name}`, code.replace(/^#!.*/, '#!/usr/bin/node'));
		chmodSync(file, code.startsWith('#!') ? 0o755 : 0o644);
	}
	for (const name of readdirSync(join(staged, 'completion'))) place(join(staged, 'completion', name), `${home}/completion/${name}`);
	const {name, version: own, license, type, oclif} = JSON.parse(readFileSync(join(staged, 'package.json'), 'utf8'));
	write(`${home}/package.json`, `${JSON.stringify({name, version: own, license, type, oclif}, null, 2)}\n`);
	mkdirSync(join(tree, 'usr/bin'), {recursive: true});
	symlinkSync('../lib/netmon/bin/run.js', join(tree, 'usr/bin/netmon'));
	symlinkSync('../lib/netmon/bin/kata-netmon.js', join(tree, 'usr/bin/kata-netmon'));
}

function placePages() {
	for (const name of readdirSync(join(staged, 'dist/man')))
		compress(`usr/share/man/man1/${name}`, readFileSync(join(staged, 'dist/man', name)));
	const documents = 'usr/share/doc/netmon';
	for (const name of ['README.md', 'docs', 'schemas']) place(join(staged, name), `${documents}/${name}`);
	compress(`${documents}/changelog`, readFileSync(join(staged, 'CHANGELOG.md')));
	compress(`${documents}/changelog.Debian`, debianChangelog());
	write(`${documents}/copyright`, copyright());
	place(join(root, 'packaging/debian/lintian-overrides'), 'usr/share/lintian/overrides/netmon');
}

function placeCompletions() {
	const places = {
		bash: 'bash-completion/completions/netmon',
		zsh: 'zsh/vendor-completions/_netmon',
		fish: 'fish/vendor_completions.d/netmon.fish',
	};
	for (const [shell, path] of Object.entries(places)) {
		write(`usr/share/${path}`, execFileSync(process.execPath, [join(root, 'bin/run.js'), 'completion', shell]));
	}
}

/** They are not enabled: an administrator says what is to be watched. */
function placeUnits() {
	const units = join(root, 'systemd');
	if (!existsSync(units)) return;
	for (const name of readdirSync(units).filter((unit) => unit.endsWith('.service')))
		place(join(units, name), `usr/lib/systemd/system/${name}`);
}

function placeControl() {
	const files = readdirSync(tree, {recursive: true}).map((path) => join(tree, path));
	const kilobytes = files.reduce((sum, file) => sum + (statSync(file).isFile() ? Math.ceil(statSync(file).size / 1024) : 1), 0);
	const template = readFileSync(join(root, 'packaging/debian/control'), 'utf8');
	const filled = template.replace('@VERSION@', revision).replace('@MAINTAINER@', maintainer()).replace('@SIZE@', String(kilobytes));
	write('DEBIAN/control', filled);
	const sums = execFileSync('sh', ['-c', 'find usr -type f -print0 | LC_ALL=C sort -z | xargs -0 md5sum'], {cwd: tree});
	write('DEBIAN/md5sums', sums);
}

function build(out) {
	mkdirSync(out, {recursive: true});
	const file = join(out, `netmon_${revision}_all.deb`);
	const env = {...process.env, SOURCE_DATE_EPOCH: String(date.getTime() / 1000)};
	execFileSync('dpkg-deb', ['--root-owner-group', '-Zxz', '--build', tree, file], {env, stdio: ['ignore', 'ignore', 'inherit']});
	return file;
}

function maintainer() {
	const {DEBFULLNAME: name, DEBEMAIL: mail} = process.env;
	if (name && mail) return `${name} <${mail}>`;
	try {
		return execFileSync('git', ['log', '-1', '--format=%an <%ae>'], {cwd: root, encoding: 'utf8', stdio: 'pipe'}).trim();
	} catch {
		throw new Error('no maintainer is known: set DEBFULLNAME and DEBEMAIL');
	}
}

function debianChangelog() {
	const day = date.toUTCString().replace('GMT', '+0000');
	return `netmon (${revision}) unstable; urgency=medium\n\n  * Version ${version}. changelog.gz has what is new.\n\n -- ${maintainer()}  ${day}\n`;
}

/** Debian has the text of the Apache licence, and wants no second one (policy 12.5). */
function copyright() {
	const apache = 'On Debian systems, the text of the Apache License 2.0 is in /usr/share/common-licenses/Apache-2.0.';
	const own = `netmon ${version}\n\nCopyright: the authors of netmon\nLicense: Apache-2.0\n${apache}\n`;
	const bundled = bundledPackages().map((each) => {
		const text = licenceTexts(each).join('\n\n');
		const shown = each.licence === 'Apache-2.0' ? `${copyrightLines(text)}${apache}` : text;
		return `${each.name} ${each.version} (in the files of /usr/lib/netmon/dist)\nLicense: ${each.licence}\n\n${shown}\n`;
	});
	return [own, ...bundled].join(`\n${'-'.repeat(79)}\n\n`).replaceAll('\r', '');
}

function copyrightLines(text) {
	const lines = text.split('\n').filter((line) => /^\s*Copyright (?!\[yyyy\])/.test(line) && !/Copyright (?:License|notice)/i.test(line));
	return lines.map((line) => `${line.trim()}\n`).join('');
}

function place(from, to) {
	const target = join(tree, to);
	mkdirSync(dirname(target), {recursive: true});
	cpSync(from, target, {recursive: true});
	return target;
}

function write(to, content) {
	const target = join(tree, to);
	mkdirSync(dirname(target), {recursive: true});
	writeFileSync(target, content);
}

/** Without a time in it, as gzip -n. */
function compress(to, content) {
	write(`${to}.gz`, gzipSync(content, {level: 9}));
}
