import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import {silentLog} from '../../../src/model/log.js';
import {AdaptiveQueries} from '../../../src/probe/ask/adaptive-queries.js';
import type {Answer, Question} from '../../../src/probe/ask/ip-queries.js';
import {findIpProgram} from '../../../src/probe/ip-program.js';
import {scratchFolder} from '../../helpers/runtime.js';

/** A batch that answers one question, and ends at the line after it. */
const oneAnswer = `#!/bin/sh
read -r question
echo '[{"answer":"to one question"}]'
echo 'Command failed -:2' >&2
exit 1
`;

const addressesOf = (ifname: string): Question => ({family: 'inet', words: ['addr', 'show', 'dev', ifname]});

/** As `oneAnswer`; the batch of the other family never answers. A process of its own does. */
const halfUsable = `#!/bin/sh
case "$*" in
*-6*-batch*) exec sleep 1000 ;;
*-batch*) read -r question ;;
esac
echo '[{"answer":"to one question"}]'
case "$*" in *-batch*) echo 'Command failed -:2' >&2; exit 1 ;; esac
`;

test('a question that waits in the batch of another family is asked by a process of its own when the batch is given up', async (t) => {
	const {path, close} = scratchFolder();
	t.teardown(close);
	writeFileSync(join(path, 'ip'), halfUsable, {mode: 0o755});
	const queries = new AdaptiveQueries(findIpProgram(join(path, 'ip'), undefined, process.env['PATH'] ?? ''), silentLog);
	t.teardown(() => queries.close());
	const said = ({stdout}: Answer) => stdout.toString('latin1').trim();
	await queries.ask(addressesOf('lo'), said);
	const waiting = queries.ask({family: 'inet6', words: ['route', 'show']}, said);
	// Two batches end before they have answered the second of their questions.
	for (let times = 0; times < 2; times += 1)
		await Promise.all([queries.ask(addressesOf('lo'), said), queries.ask(addressesOf('lo'), said)]);
	t.is(await waiting, '[{"answer":"to one question"}]');
});

test('a name that no process of its own can be given is asked for again where the batch has ended at the question before', async (t) => {
	const {path, close} = scratchFolder();
	t.teardown(close);
	writeFileSync(join(path, 'ip'), oneAnswer, {mode: 0o755});
	const queries = new AdaptiveQueries(findIpProgram(join(path, 'ip'), undefined, process.env['PATH'] ?? ''), silentLog);
	t.teardown(() => queries.close());
	const said = ({stdout}: Answer) => stdout.toString('latin1').trim();
	// Both go to one batch, which answers the first. Node passes arguments as UTF-8 only.
	const answers = await Promise.all([queries.ask(addressesOf('lo'), said), queries.ask(addressesOf('x\udc80'), said)]);
	t.deepEqual(answers, Array(2).fill('[{"answer":"to one question"}]'));
});
