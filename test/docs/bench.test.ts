import {join} from 'node:path';
import {Fields, isObject} from '../../src/json/fields.js';
import {namespaceTest} from '../helpers/namespace.js';
import {root, runToEnd} from '../helpers/netmon.js';

// The bench is JavaScript that uses modules of src/. No compiler reports it when they change.
namespaceTest('npm run bench still measures what it takes from src: parsing, piece by piece', async (t) => {
	const {code, stdout, stderr} = await runToEnd([
		process.execPath,
		[join(root, 'bench/bench.mjs'), '--only', 'parse', '--quick', '--json'],
	]);
	t.is(code, 0, stderr);
	const report: unknown = JSON.parse(stdout);
	if (!isObject(report)) return t.fail(stdout);
	const rows = new Fields(new Fields(report, 'report').object('sections'), 'sections').object('parse');
	const medians = new Fields(rows, 'parse').objects('rows').map(({what, median}) => [what, median] as const);
	t.true(medians.some(([what]) => what === '  routes: list, payload and fingerprint'));
	for (const [what, median] of medians) t.true(typeof median === 'number' && median > 0, `${what}`);
});
