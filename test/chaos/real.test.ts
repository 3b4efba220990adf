import test from 'ava';
import {isSkipped} from '../helpers/namespace.js';
import {type RealEnding, RealHistory} from './real-history.js';

/** Runs the histories of one seed again and again, and shows all of the first that ends wrong. */
const onlySeed = process.env['NETMON_REAL_CHAOS_SEED'];
const seconds = Number(process.env['NETMON_REAL_CHAOS_SECONDS'] ?? 40);
const firstSeed = Number(onlySeed ?? process.env['NETMON_REAL_CHAOS_FIRST'] ?? 1);
/** A history mostly waits. */
const together = Number(process.env['NETMON_REAL_CHAOS_TOGETHER'] ?? 3);
const fewest = 5;

const declare = isSkipped('histories in real namespaces') ? test.skip : test;

declare('whatever happens in a real namespace, and whatever fails meanwhile, the guest ends with the right picture', async (t) => {
	t.timeout((seconds + 180) * 1000);
	const until = performance.now() + seconds * 1000;
	const failed: RealEnding[] = [];
	const sums = {histories: 0, commands: 0, calls: 0};
	let seed = firstSeed;
	const worker = async () => {
		while ((performance.now() < until || sums.histories < fewest) && failed.length === 0) {
			const history = new RealHistory(seed);
			if (onlySeed === undefined) seed += 1;
			const ending = await history.run();
			sums.histories += 1;
			sums.commands += ending.commands;
			sums.calls += ending.calls;
			if (ending.faults.length > 0) failed.push(ending);
			else if (onlySeed !== undefined) t.log(ending.trace.join('\n'));
		}
	};
	await Promise.all(Array.from({length: together}, worker));
	t.log(JSON.stringify({...sums, firstSeed}));
	const [ending] = failed;
	if (ending === undefined) return t.pass();
	t.fail(`NETMON_REAL_CHAOS_SEED=${ending.seed}\n${ending.trace.join('\n')}\n${ending.faults.join('\n')}`);
});
