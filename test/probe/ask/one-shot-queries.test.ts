import test from 'ava';
import {OneShotQueries} from '../../../src/probe/ask/one-shot-queries.js';
import {findIpProgram} from '../../../src/probe/ip-program.js';

test('many questions at once lead to no warning of Node about a leak', async (t) => {
	const warnings: string[] = [];
	const warned = (warning: Error) => void warnings.push(warning.message);
	process.on('warning', warned);
	t.teardown(() => process.off('warning', warned));
	const queries = new OneShotQueries(findIpProgram('true', undefined, process.env['PATH'] ?? ''));
	const question = {family: 'inet', words: ['addr', 'show', 'dev', 'lo']} as const;
	const answers = await Promise.all(Array.from({length: 30}, () => queries.ask(question, ({ok}) => ok)));
	t.true(answers.every(Boolean));
	t.deepEqual(warnings, []);
	queries.close();
});
