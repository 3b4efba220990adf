import {spawnSync} from 'node:child_process';
import {readdirSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import {otherVariables} from '../../src/options/other-variables.js';
import {root} from '../helpers/netmon.js';

test('docs/reference.md is what the tables of options and commands make of it', (t) => {
	const {status, stderr} = spawnSync(process.execPath, [join(root, 'scripts/reference.mjs'), '--check'], {encoding: 'utf8'});
	t.is(status, 0, stderr);
});

test('the reference has every environment variable that src reads by its name', (t) => {
	const read = readdirSync(join(root, 'src'), {recursive: true, encoding: 'utf8'})
		.filter((path) => path.endsWith('.ts'))
		.flatMap((path) => [...readFileSync(join(root, 'src', path), 'utf8').matchAll(/\b(?:env|environment)(?:\.|\[')([A-Z][A-Z_]+)\b/g)])
		.map(([, name = '']) => name);
	t.deepEqual(
		read.filter((name) => otherVariables[name] === undefined),
		[],
	);
	t.true(read.length > 5);
});
