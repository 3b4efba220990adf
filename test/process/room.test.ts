import {readdirSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import {root} from '../helpers/netmon.js';

test('only src/process imports node:child_process or execa', (t) => {
	const files = readdirSync(join(root, 'src'), {recursive: true, encoding: 'utf8'}).filter((name) => name.endsWith('.ts'));
	t.true(files.length > 50);
	const starting = files.filter((name) =>
		/(?:from|import\() ?'(?:node:)?(?:child_process|execa)'/.test(readFileSync(join(root, 'src', name), 'utf8')),
	);
	t.deepEqual(
		starting.filter((name) => !name.startsWith('process/')),
		[],
	);
	t.true(starting.length > 0);
});
