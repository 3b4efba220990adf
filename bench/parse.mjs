import {spawn} from 'node:child_process';
import {createHash} from 'node:crypto';
import {join} from 'node:path';
import {Namespace} from './namespace.mjs';
import {loadSource} from './source.mjs';
import {statisticsOf} from './statistics.mjs';

/**
 * What netmon does with the largest answers of `ip`, piece by piece, beside what `ip` itself needs
 * to give them. Everything runs in this process, with answers that a real `ip` has given.
 */
export async function measureParse(context) {
	const interfaces = context.quick ? 1000 : 10_000;
	const routes = context.quick ? 10_000 : 100_000;
	const repetitions = context.quick ? 5 : 15;
	const source = await loadSource(context.scratch);
	const namespace = await Namespace.make();
	const rows = [];
	const checks = [];
	try {
		context.say(`parse and diff of ${interfaces} interfaces and ${routes} routes`);
		namespace.fill({interfaces, routes});
		const answers = {links: [], routes: []};
		const ipTimes = {links: [], routes: []};
		for (let n = 0; n < repetitions + 1; n += 1) {
			for (const [kind, words] of [
				['links', ['addr', 'show']],
				['routes', ['route', 'show', 'table', 'main']],
			]) {
				const {stdout, ms} = await ask(namespace, words);
				if (n < 2) answers[kind].push(stdout);
				ipTimes[kind].push(ms);
			}
			// One interface and one route of many differ between the two answers.
			if (n === 0) namespace.batch([`link set f${interfaces >> 1} mtu 1400`, `route add 30.1.2.3 dev f${interfaces >> 1}`]);
		}
		const add = (what, values, of) => {
			const row = {what, interfaces, routes, unit: 'ms', ...statisticsOf(values)};
			if (of !== undefined) Object.assign(row, {ratio: row.median / of, of: 'ip'});
			rows.push(row);
			return row.median;
		};
		const ipLinks = add('ip -j -d addr show', ipTimes.links);
		const linkTimes = await measureLinks(source, answers.links, repetitions);
		for (const [what, values] of Object.entries(linkTimes)) add(`  links: ${what}`, values, ipLinks);
		const ipRoutes = add('ip -j -d route show table main', ipTimes.routes);
		const routeTimes = await measureRoutes(source, answers.routes, repetitions, context.scratch);
		for (const [what, values] of Object.entries(routeTimes)) add(`  routes: ${what}`, values, ipRoutes);
	} finally {
		namespace.close();
	}
	return {rows, checks};
}

function ask(namespace, words) {
	const [file, args] = namespace.command('ip', ['-j', '-d', ...words]);
	const begun = performance.now();
	return new Promise((resolve, reject) => {
		const child = spawn(file, args, {stdio: ['ignore', 'pipe', 'inherit']});
		const chunks = [];
		child.stdout.on('data', (chunk) => chunks.push(chunk));
		child.once('error', reject);
		child.once('close', () => resolve({stdout: Buffer.concat(chunks), ms: performance.now() - begun}));
	});
}

/** Answers each question with the next of these. */
function canned(answers) {
	let asked = 0;
	return {
		ask: async (_question, read) => {
			asked += 1;
			return read({ok: true, stdout: Buffer.from(answers[(asked - 1) % answers.length]), stderr: ''});
		},
		canAsk: () => true,
		forgetNames: () => undefined,
		close: () => undefined,
	};
}

async function timed(times, what, work) {
	const begun = performance.now();
	const result = await work();
	times[what] ??= [];
	times[what].push(performance.now() - begun);
	return result;
}

const rules = {families: ['inet'], onChange: 'first-address', addressWaitMs: 100, kernelRoutes: false};

async function measureLinks(source, answers, repetitions) {
	const {SnapshotReader, firstTable, absorb, Causes, eventsOf, judgeWishes, noWishes, entryFinder, announcedAtStart, planInterfaces} =
		source;
	const times = {};
	for (let n = 0; n < repetitions; n += 1) {
		const [first, second] = answers;
		const reader = new SnapshotReader(canned([first, first, second]));
		const before = await timed(times, 'parse all', () => reader.readLinks());
		await timed(times, 'the same again', () => reader.readLinks());
		const after = await timed(times, 'parse, one differs', () => reader.readLinks());
		const table = firstTable(before.entries, 0);
		const announced = announcedAtStart(table, rules.families);
		const look = {
			seen: after.entries,
			gone: new Set(),
			exhaustive: true,
			addressesMayLack: false,
			reborn: new Set(),
			discontinuous: false,
			serial: 2,
			facts: {cause: 'event', heard: () => true},
		};
		const picture = {table, routes: new Map()};
		const {picture: next, delta} = await timed(times, 'absorb', () => absorb(picture, {links: look}, 1));
		await timed(times, 'events', () => eventsOf(delta, look.facts, new Causes()));
		const judge = (wishes, of, indices, now) => judgeWishes(wishes, indices, of, entryFinder(announced), rules, now);
		const all = await timed(times, 'wishes, all', () => judge(noWishes, table, table.keys(), 0));
		const touched = delta.links.map(({ifindex}) => ifindex);
		const wishes = await timed(times, 'wishes, one differs', () => judge(all, next.table, touched, 1));
		await timed(times, 'plan', () => planInterfaces(wishes, {interfaces: announced, routes: '', routesOwed: false}));
	}
	return times;
}

const loopback = {
	...{ifindex: 1, ifname: 'lo', flags: ['LOOPBACK', 'UP'], mtu: 65_536, operstate: 'UNKNOWN', link_type: 'loopback'},
	...{address: '00:00:00:00:00:00', link_kind: 'device', altnames: [], addr_info: []},
};
/** The link that all routes of the bench go by. */
const onlyLink = {
	...{ifindex: 2, ifname: 'f0', flags: ['UP'], mtu: 1500, operstate: 'UP', link_type: 'ether', address: '02:00:00:00:00:02'},
	...{link_kind: 'veth', altnames: [], addr_info: [{family: 'inet', local: '10.0.0.2', prefixlen: 8, scope: 'global'}]},
};

async function measureRoutes(source, answers, repetitions, scratch) {
	const {SnapshotReader, absorb, everythingIn, firstTable, Causes, eventsOf, RouteList, announcedAtStart, writeNewFile} = source;
	const times = {};
	const table = firstTable([loopback, onlyLink], 0);
	const announced = announcedAtStart(table, rules.families);
	const form = {
		route: (route) => source.routePayload(route, 'kata-1.13'),
		fingerprint: (payload) => createHash('sha1').update(payload).digest('base64'),
	};
	for (let n = 0; n < repetitions; n += 1) {
		const [first, second] = answers;
		const reader = new SnapshotReader(canned([first, first, second, first]));
		const list = new RouteList(rules, form, {warn() {}});
		const before = await timed(times, 'parse all', () => reader.readRoutes('inet'));
		await timed(times, 'the same again', () => reader.readRoutes('inet'));
		const picture0 = {table, routes: new Map([['inet', before.entries]])};
		await timed(times, 'judge and write all', () => list.observe(picture0, everythingIn(picture0), announced));
		const after = await timed(times, 'parse, one differs', () => reader.readRoutes('inet'));
		const seen = {byFamily: new Map([['inet', after.entries]]), complete: true};
		const {picture, delta} = await timed(times, 'absorb, one differs', () => absorb(picture0, {routes: seen}, 0));
		await timed(times, 'events', () => eventsOf(delta, {cause: 'event', heard: () => true}, new Causes()));
		await timed(times, 'list, payload and fingerprint', () => list.observe(picture, delta, announced));
		await timed(times, 'write shared.json', () => writeNewFile(join(scratch, 'payload'), list.payload));
	}
	return times;
}
