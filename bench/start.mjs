import {spawn} from 'node:child_process';
import {existsSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import {CallLog} from './calls.mjs';
import {contestants, kataNetmon, netmon} from './monitor.mjs';
import {Namespace} from './namespace.mjs';
import {statisticsOf} from './statistics.mjs';
import {waitFor} from './wait.mjs';

const limits = {ready: 1.55, watch: 1.6, other: 2.5};

/** From the start of a process to where it is subscribed and has the first picture, or to its end; everything in turn with bare `node -e 0`. */
export async function measureStart(context) {
	context.say('start');
	const namespace = await Namespace.make(context.programs);
	const log = new CallLog(context);
	const times = {};
	let serial = 0;
	const sandbox = () => {
		serial += 1;
		return `start${serial}`;
	};
	try {
		namespace.fill({interfaces: 10, routes: 10});
		const env = {...process.env, NETMON_STATE_DIR: log.folder};
		const toEnd = (command) => () => runToEnd(namespace.command(command[0], command.slice(1)), env);
		const toReady = (command) => () => {
			const name = sandbox();
			const [file, args] = namespace.command(command[0], [...command.slice(1), '-r', log.runtime, '-s', name]);
			return runUntilReady([file, args], env, join(log.folder, name, 'announced.json'));
		};
		const ownArguments = () => ['-r', log.runtime, '-s', sandbox()];
		const starts = {
			'node -e 0': toEnd([process.execPath, '-e', '0']),
			'kata-netmon, ready': toReady(kataNetmon),
			'netmon watch -s -r, ready': toReady([...netmon, 'watch']),
			'netmon watch, ready': () => runUntilReady(namespace.command(netmon[0], [...netmon.slice(1), 'watch']), env),
			'kata-netmon --help': toEnd([...kataNetmon, '--help']),
			'kata-netmon --version': toEnd([...kataNetmon, '--version']),
			'netmon --help': toEnd([...netmon, '--help']),
			'netmon --version': toEnd([...netmon, '--version']),
			'netmon snapshot': toEnd([...netmon, 'snapshot']),
			'netmon snapshot --help': toEnd([...netmon, 'snapshot', '--help']),
			'ip -j -d addr show': toEnd(['ip', '-j', '-d', 'addr', 'show']),
		};
		for (const {name, command} of contestants(context.programs, context.against)) {
			starts[`${name}, subscribed`] = () => runUntilSubscribed(namespace, [...command, ...ownArguments()], env);
		}
		for (let round = 0; round < (context.quick ? 5 : 25); round += 1) {
			for (const [what, start] of Object.entries(starts)) {
				times[what] ??= [];
				times[what].push(await start());
			}
		}
	} finally {
		log.close();
		namespace.close();
	}
	const bare = statisticsOf(times['node -e 0']).median;
	const rows = Object.entries(times).map(([what, values]) => {
		const statistics = statisticsOf(values);
		return {what, unit: 'ms', ...statistics, ratio: statistics.median / bare, of: 'bare node'};
	});
	const checks = rows
		.filter(({what}) => /netmon/.test(what) && !what.includes('subscribed'))
		.map(({what, ratio}) => {
			const limit = what.startsWith('kata-netmon, ') ? limits.ready : what.includes('ready') ? limits.watch : limits.other;
			return {what: `start of ${what}: at most ${limit} x bare node`, value: ratio, limit, unit: 'x', holds: ratio <= limit};
		});
	return {rows, checks};
}

function begin([file, args], env, stdio) {
	const begun = performance.now();
	const child = spawn(file, args, {stdio, env});
	const exited = new Promise((resolve, reject) => {
		child.once('error', reject);
		child.once('exit', (code) => resolve(code));
	});
	return {child, begun, exited};
}

async function runToEnd(command, env) {
	const {begun, exited} = begin(command, env, 'ignore');
	const code = await exited;
	const ms = performance.now() - begun;
	if (code !== 0) throw new Error(`${command.flat().join(' ')} ended with ${code}`);
	return ms;
}

/** A daemon has the first picture when it writes down what it takes as announced; an observer when it shows it. */
async function runUntilReady([file, args], env, announced) {
	const {child, begun, exited} = begin([file, args], env, ['ignore', 'pipe', 'inherit']);
	const shown = new Promise((resolve) => child.stdout.once('data', resolve));
	void exited.then((code) => {
		if (code !== 0) throw new Error(`${file} ${args.join(' ')} ended with ${code}`);
	});
	if (announced === undefined) await shown;
	else await waitFor('the first picture', () => existsSync(announced), 20_000, 1);
	const ms = performance.now() - begun;
	child.kill('SIGTERM');
	await exited;
	return ms;
}

/** Whoever it is: a netlink socket in the namespace that has joined a group. */
async function runUntilSubscribed(namespace, command, env) {
	const [file, args] = namespace.command(command[0], command.slice(1));
	const {child, begun, exited} = begin([file, args], env, 'ignore');
	await waitFor('a subscription', () => isSubscribed(namespace.pid), 20_000, 1);
	const ms = performance.now() - begun;
	child.kill('SIGTERM');
	await exited;
	await waitFor('the end of the subscription', () => !isSubscribed(namespace.pid), 20_000, 1);
	return ms;
}

/** Columns: sk Eth Pid Groups …; the kernel's own sockets have the pid 0. */
function isSubscribed(pid) {
	const lines = readFileSync(`/proc/${pid}/net/netlink`, 'latin1').trim().split('\n').slice(1);
	return lines
		.map((line) => line.trim().split(/\s+/))
		.some(([, family, owner, groups]) => family === '0' && owner !== '0' && !/^0+$/.test(groups));
}
