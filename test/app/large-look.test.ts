import {execFileSync, spawn} from 'node:child_process';
import {closeSync, constants, openSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import {EventFeed} from '../../src/host/event-feed.js';
import {openAgain} from '../../src/report/descriptor.js';
import {ndjsonLine} from '../../src/report/ndjson-line.js';
import {Output} from '../../src/report/output.js';
import {systemClock} from '../../src/time/clock.js';
import {lookBy, routesDelta} from '../helpers/deltas.js';
import {makeRoute} from '../helpers/records.js';
import {scratchFolder} from '../helpers/runtime.js';

const count = 100_000;

test('who reads a pipe as fast as it comes misses nothing of a look that finds 100,000 routes', async (t) => {
	const scratch = scratchFolder();
	t.teardown(() => scratch.close());
	const pipe = join(scratch.path, 'pipe');
	const read = join(scratch.path, 'read');
	execFileSync('mkfifo', [pipe]);
	const reader = spawn('sh', ['-c', 'exec cat < "$0" > "$1"', pipe, read], {stdio: 'inherit'});
	const ended = new Promise((resolve) => reader.once('exit', resolve));
	// This waits for the reader.
	const opened = openSync(pipe, constants.O_WRONLY);
	const output = new Output({fd: openAgain(opened) ?? -1, kind: 'pipe'}, {dropped: (lines) => `dropped ${lines}\n`});
	closeSync(opened);
	const sink = {
		take: (event: Parameters<typeof ndjsonLine>[0]) => void output.write(ndjsonLine(event)),
		get behind() {
			return output.behind;
		},
	};
	let turns = 0;
	const feed = new EventFeed({
		filter: () => true,
		sinks: [sink],
		clock: systemClock,
		now: () => new Date(),
		onFault: (error) => t.fail(String(error)),
		later(delayMs, goOn) {
			turns += 1;
			systemClock.after(delayMs, goOn);
		},
	});
	const routes = Array.from({length: count}, (_, n) => makeRoute(`10.${n >> 16}.${(n >> 8) & 255}.${n & 255}`, {dev: 'eth0'}));
	feed.looked(routesDelta([], routes), lookBy());
	while (feed.seq < count) await new Promise(setImmediate);
	await output.flush();
	output.close();
	await ended;
	t.is(readFileSync(read, 'latin1').split('\n').length - 1, count);
	t.true(turns > 100);
});
