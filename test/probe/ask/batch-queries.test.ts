import test from 'ava';
import {BatchQueries} from '../../../src/probe/ask/batch-queries.js';
import {findIpProgram} from '../../../src/probe/ip-program.js';

test('a question after the end is refused, and starts no process that would outlive it', async (t) => {
	const queries = new BatchQueries(findIpProgram('true', undefined, process.env['PATH'] ?? ''));
	queries.close();
	const question = {family: 'link', words: ['addr', 'show', 'dev', 'lo']} as const;
	await t.throwsAsync(
		queries.ask(question, () => t.fail()),
		{name: 'SnapshotError', message: 'ip -j -d -0 addr show dev lo: closed'},
	);
});
