import test from 'ava';
import {silentLog} from '../../../src/model/log.js';
import {AdaptiveQueries} from '../../../src/probe/ask/adaptive-queries.js';
import type {Answer, Question} from '../../../src/probe/ask/ip-queries.js';
import {findIpProgram} from '../../../src/probe/ip-program.js';
import {degradedIp} from '../../helpers/degraded-ips.js';

const addressesOf = (ifname: string): Question => ({family: 'inet', words: ['addr', 'show', 'dev', ifname]});

test('a name that no process of its own can be given is asked for again where the batch has ended at the question before', async (t) => {
	const program = findIpProgram(degradedIp('batch-without-force'), undefined, process.env['PATH'] ?? '');
	const queries = new AdaptiveQueries(program, silentLog);
	t.teardown(() => queries.close());
	const said = ({ok, stdout, stderr}: Answer) => (ok ? stdout.toString('latin1') : stderr);
	// Both go to one batch, which answers the first and ends.
	const [lo, odd] = await Promise.all([queries.ask(addressesOf('lo'), said), queries.ask(addressesOf('x\udc80'), said)]);
	t.regex(lo, /"ifname":"lo"/);
	t.regex(odd, /does not exist/);
});
