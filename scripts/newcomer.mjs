// Tries README.md as a new user would: a fresh clone on a fresh Debian, with what the README says and nothing else.
//   node scripts/newcomer.mjs [--tests none|some|all] [--cache FOLDER] [--fresh] [12|13 …]
// Needs root, debootstrap, git and the network. What takes long is kept in the cache: Debian with the packages that the README names.
import {execFileSync} from 'node:child_process';
import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {parseArgs} from 'node:util';
import {inside, suites, withDebian} from './debian.mjs';
import {root} from './run.mjs';

const {values, positionals} = parseArgs({
	options: {
		tests: {type: 'string', default: 'some'},
		cache: {type: 'string', default: join(root, 'node_modules/.cache/newcomer')},
		fresh: {type: 'boolean', default: false},
	},
	allowPositionals: true,
});
const releases = positionals.length > 0 ? positionals : Object.keys(suites);
for (const release of releases)
	if (suites[release] === undefined) throw new Error(`Debian ${release} is not known here: name ${Object.keys(suites).join(' or ')}`);
if (!['none', 'some', 'all'].includes(values.tests)) throw new Error('--tests is none, some or all');

/** The README's line that installs what is needed, as it stands there. */
function installLine() {
	const [line, ...others] = readFileSync(join(root, 'README.md'), 'utf8').match(/apt install [\w .-]+/g) ?? [];
	if (line === undefined || others.length > 0) throw new Error('README.md does not have one line with apt install');
	return line;
}

async function tryRelease(release) {
	console.log(`\n# Debian ${release}`);
	const begun = performance.now();
	const script = `apt-get update -q; ${installLine().replace('apt install', 'apt-get install -q -y')}; apt-get clean`;
	const wanted = {suite: suites[release], script, cache: values.cache, name: suites[release], fresh: values.fresh};
	const code = await withDebian(wanted, (system) => {
		execFileSync('git', ['clone', '--quiet', '--no-hardlinks', root, join(system, 'root/netmon')]);
		return inside(system, 'sh', '-c', 'cd /root/netmon && exec sh scripts/newcomer.sh "$@"', 'newcomer', release, values.tests);
	});
	console.log(`${code === 0 ? 'ok  ' : 'FAIL'}  Debian ${release}, ${Math.round((performance.now() - begun) / 1000)} s`);
	return code === 0;
}

const results = [];
for (const release of releases) results.push(await tryRelease(release));
process.exitCode = results.every(Boolean) ? 0 : 1;
