import test from 'ava';
import {judgeVersion} from '../../../src/probe/ip-version.js';
import type {MonitorEvent} from '../../../src/probe/monitor/monitor-line.js';
import {SnapshotReader} from '../../../src/probe/read/snapshot.js';
import {bytesOfText} from '../../../src/text/byte-text.js';
import {AnsweringQueries} from '../../helpers/answering-queries.js';
import {
	capture,
	captureIfThere,
	doorbell,
	kernelNames,
	capturedLinks as links,
	capturedRoutes as routes,
	usableReleases,
} from '../../helpers/captures.js';

/** The release that all others are compared with. */
const newest = '7.1.0';

/** How many more (or, if negative, fewer) of an event there are in that release than in 7.1. */
type Differences = readonly (readonly [MonitorEvent, number])[];

/** All real differences between the releases, after parsing. */
const trueDifferences: Readonly<Record<string, {readonly reason: string; readonly events: Differences}>> = {
	'5.5.0': {
		reason: 'prints the deletion of a nexthop without "Deleted" (docs/iproute2.md, "Version × quirk")',
		events: [
			[{kind: 'nexthop', deleted: false}, 1],
			[{kind: 'nexthop', deleted: true}, -1],
		],
	},
	'5.15.0': {
		reason: 'in that run v0p had ended its duplicate address detection before it went down, and so once more than in the others',
		events: [
			[{kind: 'address', deleted: false, ifindex: 2, name: 'v0p'}, 1],
			[{kind: 'route', deleted: false, table: 'local'}, 1],
			[{kind: 'route', deleted: true, table: 'local'}, 1],
		],
	},
};

function lines(program: string): string[] {
	return capture(program, 'monitor.txt').toString('latin1').split('\n').slice(0, -1);
}

/** Duplicate address detection ends at any time: the order of events differs between two runs, but not their number. */
function countEvents(program: string): Map<string, number> {
	const counts = new Map<string, number>();
	for (const line of lines(program)) {
		const key = JSON.stringify(doorbell(line));
		counts.set(key, (counts.get(key) ?? 0) + 1);
	}
	return counts;
}

for (const release of usableReleases) {
	for (const file of ['addr-before.json', 'addr-after.json', 'addr4-after.json', 'addr6-after.json', 'addr-after-without-d.json']) {
		test(`${release}: ${file} holds the same links and addresses as in ${newest}`, (t) => {
			const found = links(release, file);
			t.true(found.length > 0);
			t.deepEqual(found, links(newest, file));
		});
	}

	for (const file of ['routes-after.json', 'routes6-after.json', 'routes-after-without-d.json']) {
		test(`${release}: ${file} holds the same routes as in ${newest}`, (t) => {
			const found = routes(release, file);
			t.true(found.length > 0);
			t.deepEqual(found, routes(newest, file));
		});
	}

	test(`${release}: the main table of a new namespace is empty, not an error`, async (t) => {
		const stderr = errorOf(captureIfThere(release, 'errors.txt'), 'ip -j -d route show table main: exit 2: ');
		const stdout = capture(release, 'routes-before.json');
		t.is(stdout.toString(), stderr === undefined ? '[]\n' : '[', 'what the capture is about');
		const reader = new SnapshotReader(new AnsweringQueries({ok: stderr === undefined, stdout, stderr: stderr ?? ''}));
		t.deepEqual(await reader.readRoutes('inet'), {entries: [], complete: true});
	});

	test(`${release}: the monitor tells the same events as in ${newest}, but for the true differences`, (t) => {
		const counts = countEvents(release);
		for (const [event, more] of trueDifferences[release]?.events ?? []) {
			const key = JSON.stringify(event);
			const left = (counts.get(key) ?? 0) - more;
			t.true(left >= 0);
			counts.set(key, left);
		}
		t.deepEqual(sorted(counts), sorted(countEvents(newest)), trueDifferences[release]?.reason);
	});

	test(`${release}: no line of the monitor is anything but an event`, (t) => {
		t.true(lines(release).length > 270);
		t.deepEqual(
			lines(release).filter((line) => doorbell(line) === undefined),
			[],
		);
	});

	test(`${release}: every name in its JSON stands for the kernel's bytes`, (t) => {
		const found = new Map(links(release, 'addr-after.json').map(({ifindex, ifname}) => [ifindex, bytesOfText(ifname)]));
		t.deepEqual(found, kernelNames(release));
	});

	test(`${release}: every name that the monitor tells for a living link stands for the kernel's bytes, but for the old name of the renamed one`, (t) => {
		const names = kernelNames(release);
		for (const line of lines(release)) {
			const event = doorbell(line);
			if (event?.kind !== 'link' && event?.kind !== 'address') continue;
			const {ifindex = 0, name = ''} = event;
			// v1p is moved away; 500 and 5 have had other names; only the index distinguishes a name with @ from name@parent.
			if ([4, 5, 500].includes(ifindex) || (event.kind === 'link' && ifindex === 12)) continue;
			t.deepEqual(bytesOfText(name), names.get(ifindex), line);
		}
	});

	test(`${release}: what ip leaves out without -d has the default that -d prints`, (t) => {
		t.deepEqual(
			routes(release, 'routes-after-without-d.json').map(({type, protocol, scope, ...rest}) => ({type, protocol, scope, ...rest})),
			routes(release, 'routes-after.json'),
		);
		const plain = links(release, 'addr-after-without-d.json');
		// Only the kind and the alias need -d.
		t.deepEqual(
			plain.map((link) => ({...link, link_kind: '', ifalias: ''})),
			links(release, 'addr-after.json').map((link) => ({...link, link_kind: '', ifalias: ''})),
		);
		t.true(plain.every(({link_kind: kind}) => kind === 'device'));
	});

	test(`${release} is usable`, (t) => {
		t.is(judgeVersion(capture(release, 'version.txt').toString('latin1')), 'usable');
	});
}

/** The last release that prints a name as invalid JSON (docs/iproute2.md, "JSON that is not JSON"). */
const brokenNames = [
	{
		what: 'a control character',
		name: 'ctl',
		brokenBefore: [7, 0],
		mended: (text: string) => [...text].filter((character) => character >= ' ').join(''),
	},
	{what: 'an apostrophe', name: 'apo', brokenBefore: [6, 1], mended: (text: string) => text.replaceAll("\\'", '')},
] as const;

for (const release of usableReleases) {
	for (const {what, name, brokenBefore, mended} of brokenNames) {
		const [major = 0, minor = 0] = release.split('.').map(Number);
		const broken = major < brokenBefore[0] || (major === brokenBefore[0] && minor < brokenBefore[1]);
		test(`${release}: ${what} in a name is ${broken ? 'no ' : ''}JSON`, (t) => {
			const text = capture(release, 'addr-after.json').toString('latin1');
			const entry = new RegExp(`"ifname":"${name}[^"]*"`).exec(text)?.[0] ?? '';
			t.not(entry, '');
			if (broken) t.throws(() => JSON.parse(`{${entry}}`), {instanceOf: SyntaxError});
			t.notThrows(() => JSON.parse(`{${broken ? mended(entry) : entry}}`), 'and nothing else is wrong with it');
		});
	}
}

test('one name that is no JSON costs nothing of the rest of the dump', (t) => {
	for (const release of usableReleases) t.is(links(release, 'addr-after.json').length, kernelNames(release).size, release);
});

test('4.19 is too old, and its routes with -d are an error, never a list', (t) => {
	t.is(judgeVersion(capture('4.19.0', 'version.txt').toString('latin1')), 'too old');
	t.throws(() => routes('4.19.0', 'routes-after.json'), {name: 'ShapeError', message: /^routes-after\.json: not JSON/});
});

test('busybox is not iproute2, and its empty answers are an error, never an empty list', (t) => {
	t.is(judgeVersion(capture('busybox-1.35.0', 'version.txt').toString('latin1')), 'not iproute2');
	t.throws(() => links('busybox-1.35.0', 'addr-after.json'), {name: 'ShapeError', message: /not JSON: \(nothing\)/});
});

test('a "[" without the message of a missing table is an error', async (t) => {
	const stdout = capture('5.10.0', 'routes-before.json');
	await t.throwsAsync(new SnapshotReader(new AnsweringQueries({ok: false, stdout, stderr: 'Dump terminated\n'})).readRoutes('inet'), {
		name: 'SnapshotError',
		message: 'ip -j -d route show table main: failed: Dump terminated',
	});
	await t.throwsAsync(new SnapshotReader(new AnsweringQueries({ok: true, stdout})).readRoutes('inet'), {name: 'SnapshotError'});
});

test('the links of the story are what the story made', (t) => {
	const found = new Map(links(newest, 'addr-after.json').map((link) => [link.ifindex, link]));
	const kinds = Object.fromEntries([...found].map(([ifindex, {link_kind: kind}]) => [ifindex, kind]));
	t.like(kinds, {1: 'device', 2: 'veth', 3: 'veth', 5: 'veth', 6: 'bridge', 7: 'vxlan', 8: 'ifb', 9: 'tun', 10: 'tap', 11: 'macvlan'});
	t.is(found.get(1)?.address, '00:00:00:00:00:00', 'as ip prints it');
	t.is(found.get(9)?.address, '', 'a tun has none');
	t.is(found.get(2)?.master, 'br0');
	t.like(found.get(3), {
		ifname: 'v0',
		mtu: 1400,
		address: '02:00:00:00:00:10',
		addr_info: [
			{family: 'inet', local: '10.1.0.2', prefixlen: 24, scope: 'global'},
			{family: 'inet', local: '10.1.7.4', prefixlen: 32, scope: 'global'},
			{family: 'inet6', local: 'fd00:1::2', prefixlen: 64, scope: 'global'},
			{family: 'inet6', local: 'fe80::ff:fe00:10', prefixlen: 64, scope: 'link'},
		],
	});
	t.is(found.get(17)?.ifname, 'bad\udcff\udcfe');
	t.is(found.get(18)?.ifname, 'ctl\u0001\u001b[1m');
});

test('the routes of the story are what the story made, in the order that ip lists them', (t) => {
	const found = routes(newest, 'routes-after.json');
	t.deepEqual(
		found.map(({dst}) => dst),
		[
			'default',
			...['10.1.0.0/24', '10.2.0.0/24', '10.3.0.0/24', '10.4.0.0/24', '10.8.0.0/16', '10.9.0.0/16', '10.10.0.0/16'],
			...['10.14.0.0/16', '10.15.0.0/16', '10.20.0.0/16', '10.21.0.0/16'],
			...['10.66.0.0/16', '10.67.0.0/16', '10.68.0.0/16', '10.69.0.0/16'],
		],
	);
	t.like(
		found.find(({dst}) => dst === '10.8.0.0/16'),
		{gateway: '10.1.0.9', dev: 'v0', type: 'unicast', protocol: 'boot', scope: 'global'},
	);
	t.deepEqual(found.find(({dst}) => dst === '10.21.0.0/16')?.nexthops, [
		{gateway: '10.1.0.1', dev: 'v0', weight: 1, flags: []},
		{gateway: '10.2.0.1', dev: 'v1new', weight: 3, flags: []},
	]);
	t.deepEqual(
		found.slice(-4).map(({type}) => type),
		['blackhole', 'unreachable', 'prohibit', 'throw'],
	);
});

/** The message after this prefix, up to the next command. */
function errorOf(errors: Buffer | undefined, prefix: string): string | undefined {
	const text = errors?.toString('latin1') ?? '';
	const at = text.indexOf(prefix);
	return at < 0 ? undefined : text.slice(at + prefix.length);
}

function sorted(counts: ReadonlyMap<string, number>): string[] {
	return [...counts]
		.filter(([, count]) => count > 0)
		.map(([key, count]) => `${key} ×${count}`)
		.sort();
}
