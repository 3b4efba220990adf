import {execFile} from 'node:child_process';
import {readdirSync, statSync} from 'node:fs';
import {join} from 'node:path';
import {root} from './programs.mjs';
import {loadSource} from './source.mjs';
import {statisticsOf} from './statistics.mjs';

const mostBytes = 64_000_000;
const mostSearchMs = 1000;

/** What a journal costs who watches, what it takes on disk, and how long it takes to find what happened to one route in it. */
export async function measureJournal(context) {
	const changes = context.quick ? 20_000 : 100_000;
	const repetitions = context.quick ? 3 : 7;
	const {openJournal, picturesAt} = await loadSource(context.scratch);
	const directory = join(context.scratch, 'journal');
	const silent = {debug() {}, info() {}, warn() {}, error: (fields) => context.say(JSON.stringify(fields))};
	context.say(`a journal of ${changes} changes`);
	const journal = openJournal({directory, sizeBytes: mostBytes, ageMs: 86_400_000}, {}, silent);
	const begins = Date.now();
	const takes = [];
	for (const [index, event] of eventsFrom(begins, changes).entries()) {
		const before = performance.now();
		journal.take(event);
		takes.push((performance.now() - before) * 1000);
		// As the events of a look come together.
		if (index % 100 === 99) await new Promise(setImmediate);
	}
	await journal.flush(60_000);
	const bytes = readdirSync(directory).reduce((sum, name) => sum + statSync(join(directory, name)).size, 0);
	const searches = [];
	for (let n = 0; n < repetitions; n += 1) searches.push(await search(directory));
	const moments = [];
	for (let n = 0; n < repetitions; n += 1) {
		const before = performance.now();
		picturesAt(directory, begins + Math.floor((changes * (n + 1)) / (repetitions + 1)));
		moments.push(performance.now() - before);
	}
	const searched = statisticsOf(searches.map(({ms}) => ms));
	return {
		rows: [
			{what: 'taking one event, for who watches', unit: 'µs', ...statisticsOf(takes)},
			{what: `size of ${changes} changes`, unit: 'MB', median: bytes / 1e6},
			{what: 'netmon log --route 10.7.7.0/24, the whole command', unit: 'ms', ...searched},
			{what: '  of that, processor time with the start of Node', unit: 'ms', ...statisticsOf(searches.map(({cpuMs}) => cpuMs))},
			{what: 'the picture at a moment', unit: 'ms', ...statisticsOf(moments)},
		],
		checks: [
			{what: 'size', value: bytes / 1e6, limit: mostBytes / 1e6, unit: 'MB', holds: bytes <= mostBytes},
			{what: 'search for one route', value: searched.median, limit: mostSearchMs, unit: 'ms', holds: searched.median <= mostSearchMs},
		],
	};
}

/** Routes that come and go, as a day brings them. */
function eventsFrom(begins, count) {
	return Array.from({length: count}, (_, index) => ({
		v: 1,
		time: new Date(begins + index).toISOString(),
		seq: index + 1,
		event: index % 2 === 0 ? 'route-added' : 'route-removed',
		route: {
			...{family: 'inet', type: 'unicast', dst: `10.${(index >> 9) % 250}.${(index >> 1) % 250}.0/24`, gateway: '10.0.0.1', dev: 'eth0'},
			...{prefsrc: '10.0.0.2', protocol: 'static', scope: 'global', metric: 100, table: 'main', flags: []},
		},
		cause: 'event',
	}));
}

function search(directory) {
	const args = [process.execPath, join(root, 'bin/run.js'), 'log', '--journal', directory, '--route', '10.7.7.0/24'];
	const begun = performance.now();
	return new Promise((resolve, reject) => {
		// The second line of `times` is what the children of the shell have used: user and system.
		execFile('sh', ['-c', '"$@"; times', 'sh', ...args], (error, stdout) => {
			const ms = performance.now() - begun;
			const used = [...(stdout.trimEnd().split('\n').at(-1) ?? '').matchAll(/(\d+)m([\d.]+)s/g)];
			if (error) reject(error);
			else if (!stdout.includes('10.7.7.0/24')) reject(new Error('the route is not found'));
			else resolve({ms, cpuMs: used.reduce((sum, [, minutes, seconds]) => sum + (Number(minutes) * 60 + Number(seconds)) * 1000, 0)});
		});
	});
}
