import test from 'ava';
import {type Ending, History, killPoints, type Weather} from './history.js';

/** Replays one history, and shows all of it. */
const onlySeed = process.env['NETMON_CHAOS_SEED'];
/** Histories of each kind of weather. */
const runs = Number(process.env['NETMON_CHAOS_RUNS'] ?? 300);
const mostShown = 250;

/** Declares a test that runs many histories. Their seeds are fixed, so every run is the same. */
function chaos(title: string, weather: Weather): void {
	test(title, async (t) => {
		if (onlySeed !== undefined) {
			const ending = await new History(Number(onlySeed), weather, true).run();
			t.log(ending.trace.join('\n'));
			t.deepEqual(ending.faults, []);
			return;
		}
		let failed: Ending | undefined;
		let failures = 0;
		let changes = 0;
		for (let seed = 1; seed <= runs; seed += 1) {
			const ending = await new History(seed, weather).run();
			changes += ending.changes;
			if (ending.faults.length === 0) continue;
			failures += 1;
			if (failed === undefined || ending.changes < failed.changes) failed = ending;
		}
		t.true(changes > runs);
		if (failed === undefined) return;
		const {faults, trace} = await new History(failed.seed, weather, true).run();
		const shown = trace.slice(-mostShown).join('\n');
		t.fail(`${failures} of ${runs} histories ended wrong; the shortest: NETMON_CHAOS_SEED=${failed.seed}\n${shown}\n${faults.join('\n')}`);
	});
}

chaos('changes alone lead to the right picture, without a poll', {});
chaos('events that come after the look has shown their change do no harm', {eventMs: 200});
chaos('interfaces that share a hardware address end attached once each', {eventMs: 50, sharedAddresses: true});
chaos('a loss that the monitor reports hides nothing', {loss: 'told', eventMs: 50});
chaos('the poll corrects a loss that only the drop counter shows', {loss: 'counted', eventMs: 50});
chaos('the poll corrects a loss that nothing shows', {loss: 'silently', eventMs: 50});
chaos('a monitor that dies, stops or does not start hides nothing for long', {monitor: true, eventMs: 50});
chaos('queries that fail or are interrupted never lead to a wrong picture', {queries: true, eventMs: 50});
chaos('a runtime that fails before or after its work, or hangs, ends with each interface once', {runtime: true});
chaos('a runtime that fails ends with each interface once where hardware addresses are shared', {
	runtime: true,
	refusals: true,
	sharedAddresses: true,
});
chaos('a runtime that refuses some kinds for ever has all the others', {refusals: true, eventMs: 50});
chaos('a runtime that refuses some kinds for ever has all the others where hardware addresses are shared', {
	refusals: true,
	sharedAddresses: true,
});
chaos('a disk that cannot be written delays calls, and loses nothing', {disk: true, kills: killPoints});
for (const point of killPoints) chaos(`SIGKILL ${point}: the next start ends with the same picture`, {kills: [point], eventMs: 50});
chaos('SIGKILL at any step with shared hardware addresses and a failing runtime', {
	kills: killPoints,
	sharedAddresses: true,
	// A kind that cannot be attached is always refused, and so what shares an address with it is held.
	refusals: true,
	runtime: true,
});
chaos('everything at once', {
	eventMs: 200,
	loss: 'told',
	monitor: true,
	queries: true,
	runtime: true,
	disk: true,
	kills: killPoints,
	sharedAddresses: true,
});
