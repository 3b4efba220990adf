import test from 'ava';
import {SnapshotError} from '../../../src/model/errors.js';
import {SnapshotReader} from '../../../src/probe/read/snapshot.js';
import {AnsweringQueries, QuestionedQueries} from '../../helpers/answering-queries.js';

const lo = {ifindex: 1, ifname: 'lo', flags: ['LOOPBACK', 'UP'], mtu: 65536};
const v0 = {ifindex: 4, ifname: 'v0', flags: ['UP'], mtu: 1500};
const two = JSON.stringify([lo, v0]);
const route = JSON.stringify([{type: 'unicast', dst: 'default', dev: 'v0', protocol: 'boot', scope: 'global', flags: []}]);

test('each kind of snapshot asks the question that it should', async (t) => {
	const queries = new AnsweringQueries(two, '[]', '[]');
	const reader = new SnapshotReader(queries);
	await reader.readLinks();
	await reader.readLink('v0');
	await reader.readBareLink('v0');
	await reader.readRoutes('inet');
	await reader.readRoutes('inet6');
	t.deepEqual(queries.asked, [
		'ip -j -d addr show',
		'ip -j -d addr show dev v0',
		'ip -j -d -0 addr show dev v0',
		'ip -j -d route show table main',
		'ip -j -d -6 route show table main',
	]);
});

test('an answer that is the same byte for byte gives the very same links, another one does not', async (t) => {
	const reader = new SnapshotReader(new AnsweringQueries(two, two, JSON.stringify([lo])));
	const first = await reader.readLinks();
	t.is((await reader.readLinks()).entries, first.entries);
	t.deepEqual(
		(await reader.readLinks()).entries.map(({ifname}) => ifname),
		['lo'],
	);
});

test('the routes of the two families are not taken for each other', async (t) => {
	const reader = new SnapshotReader(new AnsweringQueries(route));
	t.is((await reader.readRoutes('inet')).entries[0]?.family, 'inet');
	t.is((await reader.readRoutes('inet6')).entries[0]?.family, 'inet6');
	t.is((await reader.readRoutes('inet')).entries[0]?.family, 'inet');
});

test('a dump that was interrupted is not complete, though valid and a success', async (t) => {
	const stderr = 'Dump was interrupted and may be inconsistent.\n';
	const links = await new SnapshotReader(new AnsweringQueries({stdout: Buffer.from(two), stderr})).readLinks();
	t.false(links.complete);
	t.is(links.entries.length, 2);
	t.false((await new SnapshotReader(new AnsweringQueries({stdout: Buffer.from(route), stderr})).readRoutes('inet')).complete);
	t.false((await new SnapshotReader(new AnsweringQueries({stdout: Buffer.from('[]'), stderr})).readLink('v0'))?.complete);
});

test('the same bytes once interrupted and once not are not complete and then complete', async (t) => {
	const stdout = Buffer.from(two);
	const reader = new SnapshotReader(new AnsweringQueries({stdout, stderr: 'Dump was interrupted'}, {stdout}));
	t.false((await reader.readLinks()).complete);
	t.true((await reader.readLinks()).complete);
});

for (const stderr of [
	'Message truncated',
	'Buffer too small',
	'Dump terminated',
	'EOF on netlink',
	'netlink receive error No buffer space available (105)',
]) {
	test(`"${stderr}" with exit 0 and valid JSON is an error, since the answer is a part only`, async (t) => {
		const queries = new AnsweringQueries({stdout: Buffer.from('[]'), stderr});
		await t.throwsAsync(new SnapshotReader(queries).readLinks(), {name: 'SnapshotError', message: `ip -j -d addr show: ${stderr}`});
		await t.throwsAsync(new SnapshotReader(queries).readRoutes('inet'), {name: 'SnapshotError'});
	});
}

test('an answer that fails is an error with its message, or says that it had none', async (t) => {
	await t.throwsAsync(new SnapshotReader(new AnsweringQueries({ok: false, stderr: 'Cannot send dump request: No buffer\n'})).readLinks(), {
		name: 'SnapshotError',
		message: 'ip -j -d addr show: failed: Cannot send dump request: No buffer',
	});
	await t.throwsAsync(new SnapshotReader(new AnsweringQueries({ok: false})).readLinks(), {message: /failed: without a message/});
});

test('an empty answer with exit 0 is an error, never an empty list', async (t) => {
	await t.throwsAsync(new SnapshotReader(new AnsweringQueries('')).readLinks(), {name: 'SnapshotError', message: /not JSON: \(nothing\)/});
	await t.throwsAsync(new SnapshotReader(new AnsweringQueries('')).readRoutes('inet'), {name: 'SnapshotError'});
});

test('a dump of all links that lacks the loopback is an error, unless it was interrupted', async (t) => {
	for (const answer of ['[]', '[{},{}]', JSON.stringify([v0])]) {
		await t.throwsAsync(new SnapshotReader(new AnsweringQueries(answer)).readLinks(), {message: /no loopback/}, answer);
	}
	const partly = {stdout: Buffer.from(JSON.stringify([v0])), stderr: 'Dump was interrupted and may be inconsistent.'};
	t.false((await new SnapshotReader(new AnsweringQueries(partly)).readLinks()).complete);
});

test('an answer in which no entry can be read is an error', async (t) => {
	const answer = JSON.stringify([{...v0, mtu: 'x'}]);
	await t.throwsAsync(new SnapshotReader(new AnsweringQueries(answer)).readLinks(), {
		name: 'SnapshotError',
		message: /interface "v0": "mtu"/,
	});
});

for (const stderr of ['Device "v0" does not exist.', 'Cannot send link request: No such device']) {
	test(`one link whose question fails with "${stderr}" is not there`, async (t) => {
		t.deepEqual(await new SnapshotReader(new AnsweringQueries({ok: false, stderr})).readLink('v0'), {entries: [], complete: true});
	});
}

test('a link that is read without its addresses has none, not an empty list of them', async (t) => {
	const dump = await new SnapshotReader(new AnsweringQueries(JSON.stringify([v0]))).readBareLink('v0');
	t.deepEqual(dump?.entries, [
		{
			ifindex: 4,
			ifname: 'v0',
			flags: ['UP'],
			mtu: 1500,
			operstate: 'UNKNOWN',
			link_type: '',
			address: '',
			link_kind: 'device',
			altnames: [],
		},
	]);
});

test('one link whose question fails in another way is an error, not a link that is gone', async (t) => {
	await t.throwsAsync(new SnapshotReader(new AnsweringQueries({ok: false, stderr: 'Cannot allocate memory'})).readLink('v0'), {
		name: 'SnapshotError',
	});
});

test('a name that cannot be asked for is not asked for', async (t) => {
	const queries = new AnsweringQueries('[]');
	t.is(await new SnapshotReader(queries).readLink('unaskable'), undefined);
	t.deepEqual(queries.asked, []);
});

test('"if99" with no such index is an empty answer, and {} entries of older releases are none', async (t) => {
	const stderr = 'Cannot send link request: No such device';
	t.deepEqual(await new SnapshotReader(new AnsweringQueries({stdout: Buffer.from('[]'), stderr})).readLink('if99'), {
		entries: [],
		complete: true,
	});
	t.deepEqual(await new SnapshotReader(new AnsweringQueries('[{},{}]')).readLink('v0'), {entries: [], complete: true});
});

test('a name that cannot be asked for any more, since the batch was given up meanwhile, leaves the link open; any other failure is one', async (t) => {
	const queries = new QuestionedQueries(() => new SnapshotError('ip -batch ended: closed'));
	await t.throwsAsync(new SnapshotReader(queries).readLink('v0'), {message: 'ip -batch ended: closed'});
	const given = Object.assign(queries, {canAsk: () => queries.asked.length < 2});
	t.is(await new SnapshotReader(given).readLink('bad\udcff'), undefined);
	t.is(queries.asked.length, 2);
});
