import {spawnSync} from 'node:child_process';
import {cpSync, mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import {scratch} from '../helpers/journals.js';
import {root} from '../helpers/netmon.js';

for (const program of ['run', 'kata-netmon']) {
	test(`bin/${program}.js refuses an older Node, such as Debian 12 has, before anything is loaded`, (t) => {
		const old = join(scratch(t), 'old.cjs');
		for (const [version, refused] of [
			['18.20.4', true],
			['20.18.3', true],
			['20.19.0', false],
			['22.0.0', false],
		] as const) {
			writeFileSync(
				old,
				`Object.defineProperty(process.versions, 'node', {value: '${version}'});
				Object.defineProperty(process, 'version', {value: 'v${version}'});`,
			);
			const {status, stderr} = spawnSync(process.execPath, ['--require', old, `${root}bin/${program}.js`, '--version'], {encoding: 'utf8'});
			t.is(status, refused ? 2 : 0, stderr);
			const message = `Error: netmon needs Node 20.19 or later, and this is v${version}\nInstall a newer Node: README.md says how, or see https://nodejs.org.\n`;
			t.is(stderr, refused ? message : '');
		}
		t.is(JSON.parse(readFileSync(`${root}package.json`, 'utf8')).engines.node, '>=20.19');
	});

	test(`bin/${program}.js says how to build what is not built yet, without a stack`, (t) => {
		const folder = scratch(t);
		mkdirSync(join(folder, 'bin'));
		cpSync(`${root}bin`, join(folder, 'bin'), {recursive: true});
		const {status, stderr} = spawnSync(process.execPath, [join(folder, `bin/${program}.js`), '--version'], {encoding: 'utf8'});
		t.is(status, 2);
		t.regex(stderr, /^Error: netmon is not built: there is no \S+\.cjs\nRun npm ci in the folder of netmon, and see what it says\.\n$/);
	});
}
