import {namespaceTest} from '../helpers/namespace.js';
import {startWatch} from '../helpers/netmon.js';
import {summaryOf} from './consumer.js';
import {makeLink} from './links.js';
import {stateOf} from './log-lines.js';

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

namespaceTest('a poll interval of a month is no interval of a millisecond', async (t, namespace) => {
	const started = await startWatch(t, namespace, {args: ['--interval', '744h', '--runtime-timeout', '744h']});
	for (let number = 0; number < 5; number += 1) await started.fence();
	const looks = Number((await stateOf(started.netmon))['looks']);
	t.true(looks <= 20, `${looks} looks`);
	t.is(await started.netmon.stop(), 0);
});

namespaceTest('timers that fire late, as after a sleep of the machine, cause one look and not many', async (t, namespace) => {
	const started = await startWatch(t, namespace, {args: ['--interval', '100ms']});
	const {netmon} = started;
	await started.fence();
	const looks = async () => Number((await stateOf(netmon))['looks']);
	const begun = performance.now();
	const before = await looks();
	netmon.child.kill('SIGSTOP');
	const stoppedAt = performance.now();
	// The test is about time that passes: twenty polls would have been due.
	await sleep(2000);
	const resumedAt = performance.now();
	netmon.child.kill('SIGCONT');
	// Time to make up for polls, if it did so.
	await sleep(300);
	const after = await looks();
	// While it ran it polled, and the interval is varied by up to a quarter.
	const polls = Math.floor((stoppedAt - begun + performance.now() - resumedAt) / 75);
	t.true(after - before <= 4 + polls, `${after - before} looks, of which ${polls} may be polls`);
	makeLink(namespace, 'a0', 1);
	await started.runtime.until('its add', (calls) => summaryOf(calls).includes('add-iface a0'));
	t.is(await netmon.stop(), 0);
});
