import test from 'ava';
import {SnapshotError} from '../../../src/model/errors.js';
import {Sick} from '../../../src/probe/read/sick.js';
import {SnapshotReader} from '../../../src/probe/read/snapshot.js';
import {QuestionedQueries} from '../../helpers/answering-queries.js';
import {HeldClock} from '../../helpers/held-clock.js';
import {RecordingLog} from '../../helpers/recording-log.js';

const lo = {ifindex: 1, ifname: 'lo', flags: ['LOOPBACK', 'UP'], mtu: 65536, link_type: 'loopback', addr_info: []};
const address = {family: 'inet', local: '10.1.0.2', prefixlen: 24, scope: 'global'};
const v4 = {ifindex: 4, ifname: 'v4', flags: ['UP'], mtu: 1500, link_type: 'ether', address: '02:00:00:00:00:04', addr_info: [address]};
const er5 = {...v4, ifindex: 5, ifname: 'er5', address: '02:00:00:00:00:05'};
const veth = {linkinfo: {info_kind: 'veth'}, ifalias: 'an alias'};
const plain = JSON.stringify([lo, v4, er5]);
const sickText = `${JSON.stringify({...er5, linkinfo: 0}).replace('"linkinfo":0', '"linkinfo":{"info_kind":"erspan","info_data":{"erspan_ver":1,"erspan_index":}}')}`;
const withSick = `[${JSON.stringify(lo)},${JSON.stringify({...v4, ...veth})},${sickText}]`;
const allSound = JSON.stringify([lo, {...v4, ...veth}, {...er5, linkinfo: {info_kind: 'erspan'}}]);
const died = (what: string) => new SnapshotError(`${what}: Command was killed with SIGSEGV (Segmentation fault)`);

function make(answer: ConstructorParameters<typeof QuestionedQueries>[0]) {
	const queries = new QuestionedQueries(answer);
	const log = new RecordingLog();
	const clock = new HeldClock();
	const reader = new SnapshotReader(queries, {sick: new Sick(log), clock});
	const warned = () => log.lines.filter(({level}) => level === 'warn').map(({message, fields}) => `${message}: ${Object(fields).ifname}`);
	return {queries, reader, warned, clock};
}

const shows = (kind: string) => `ip -j link show type ${kind}`;
const cannotShow = 'ip -d cannot show a link, it is read without its details: er5';

test('a link whose details are no JSON is read without them, all others are read as ever, and one warning names it', async (t) => {
	const {queries, reader, warned} = make((question) => (question.includes('-d') ? withSick : plain));
	for (let times = 0; times < 3; times += 1) {
		const dump = await reader.readLinks();
		t.deepEqual(
			dump.entries.map(({ifname, link_kind, addr_info}) => [ifname, link_kind, addr_info.length]),
			[
				['lo', 'device', 0],
				['v4', 'veth', 1],
				['er5', 'erspan', 1],
			],
		);
		t.deepEqual(dump.undetailed, [5]);
		t.is(dump.unread, undefined);
		t.true(dump.complete);
		t.deepEqual(queries.takeAsked(), ['ip -j -d addr show', 'ip -j addr show']);
	}
	t.deepEqual(warned(), [cannotShow]);
});

test('a link that was readable in between is warned about again', async (t) => {
	let sick = true;
	const {reader, warned} = make((question) => (!question.includes('-d') ? plain : sick ? withSick : allSound));
	await reader.readLinks();
	sick = false;
	t.is((await reader.readLinks()).undetailed, undefined);
	sick = true;
	await reader.readLinks();
	t.deepEqual(warned(), [cannotShow, cannotShow]);
});

test('a valid dump leads to no more questions, and is not cut', async (t) => {
	const {queries, reader} = make(() => allSound);
	const first = await reader.readLinks();
	t.is((await reader.readLinks()).entries, first.entries);
	t.deepEqual(queries.asked, ['ip -j -d addr show', 'ip -j -d addr show']);
});

test('a link that cannot be read without -d either is left out, and said to be unread: it is not gone', async (t) => {
	const {reader, warned} = make(() => withSick);
	const dump = await reader.readLinks();
	t.deepEqual(
		dump.entries.map(({ifname}) => ifname),
		['lo', 'v4'],
	);
	t.like(dump.unread?.[0], {ifindex: 5, ifname: 'er5'});
	t.is(dump.unread?.at(-1)?.ifindex, undefined, 'others may hide in what cannot be read');
	t.deepEqual(warned(), ['ip cannot show a link, nothing is concluded about it: er5']);
});

test('if ip without -d fails too, the links that can be read are used', async (t) => {
	const {reader} = make((question) => (question.includes('-d') ? withSick : {ok: false, stderr: 'Cannot allocate memory'}));
	const dump = await reader.readLinks();
	t.is(dump.entries.length, 2);
	t.is(dump.unread?.[0]?.ifindex, 5);
});

test('ip -d dies at one link: each other is asked for alone, once; that one has no details, and one warning names it', async (t) => {
	const {queries, reader, warned, clock} = make((question) => {
		if (!question.includes('-d')) return question.includes('type') ? '[]' : plain;
		if (question.endsWith('dev v4')) return JSON.stringify([{...v4, ...veth, addr_info: []}]);
		if (question.endsWith('dev lo')) return JSON.stringify([lo]);
		return died(question);
	});
	const dump = await reader.readLinks();
	t.deepEqual(
		dump.entries.map(({ifname, link_kind, addr_info}) => [ifname, link_kind, addr_info.length]),
		[
			['lo', 'device', 0],
			['v4', 'veth', 1],
			['er5', 'device', 1],
		],
	);
	t.is(dump.entries[1]?.ifalias, 'an alias');
	t.deepEqual(dump.undetailed, [5]);
	t.deepEqual(warned(), [cannotShow]);
	queries.takeAsked();
	// Within a second: known links are not asked for, nor those at which it died.
	await clock.pass(999);
	t.deepEqual((await reader.readLinks()).entries, dump.entries);
	t.deepEqual(queries.takeAsked(), ['ip -j addr show']);
	await clock.pass(1);
	t.deepEqual((await reader.readLinks()).entries, dump.entries);
	t.deepEqual(queries.takeAsked(), ['ip -j -d addr show', 'ip -j addr show', 'ip -j -d -0 addr show dev er5']);
});

test('ip -d dies whatever it is asked for: links have the kinds that ip tells without it, after three tries', async (t) => {
	const names = Array.from({length: 1000}, (_, index) => ({...v4, ifindex: 10 + index, ifname: `v${10 + index}`}));
	const {queries, reader, warned} = make((question) => {
		if (question.includes('-d')) return died(question);
		return JSON.stringify(question === shows('veth') ? names : question.includes('type') ? [] : [lo, ...names]);
	});
	const dump = await reader.readLinks();
	t.is(dump.entries.length, 1001);
	t.true(dump.entries.slice(1).every(({link_kind}) => link_kind === 'veth'));
	t.is(queries.takeAsked().filter((question) => question.includes('-d')).length, 4);
	await reader.readLinks();
	t.deepEqual(queries.takeAsked(), ['ip -j addr show']);
	t.deepEqual(warned(), ['ip -d fails at every link, they are read without their details: undefined']);
});

test('of a thousand links with ten at which ip -d dies, few processes die at one look', async (t) => {
	const links = Array.from({length: 1000}, (_, index) => ({...v4, ifindex: 10 + index, ifname: `v${10 + index}`}));
	const {queries, reader} = make((question) => {
		if (!question.includes('-d')) return JSON.stringify(question.includes('type') ? [] : [lo, ...links]);
		const name = / dev (v\d+)$/.exec(question)?.[1];
		const link = links.find(({ifname}) => ifname === name);
		if (question.endsWith('dev lo')) return JSON.stringify([lo]);
		return link === undefined || link.ifindex % 100 === 0 ? died(question) : JSON.stringify([{...link, ...veth}]);
	});
	t.is((await reader.readLinks()).entries.length, 1001);
	const before = queries.takeAsked();
	t.true(before.length < 1020, `${before.length}`);
	const dump = await reader.readLinks();
	t.true(queries.takeAsked().length < 250);
	t.true((dump.undetailed?.length ?? 0) >= 10);
});

test('one link whose details cannot be read is read without them, and by its index and name', async (t) => {
	const {queries, reader, warned} = make((question) => (question.includes('-d') ? `[${sickText}]` : JSON.stringify([er5])));
	const dump = await reader.readLink('er5');
	t.deepEqual(
		dump?.entries.map(({ifname, link_kind}) => [ifname, link_kind]),
		[['er5', 'erspan']],
	);
	t.deepEqual(dump?.undetailed, [5]);
	await reader.readLink('er5');
	t.deepEqual(queries.asked.slice(0, 2), ['ip -j -d addr show dev er5', 'ip -j addr show dev er5']);
	t.deepEqual(warned(), [cannotShow]);
});

test('a link that is gone when it is asked for without -d is gone', async (t) => {
	const {reader} = make((question) => (question.includes('-d') ? died(question) : {ok: false, stderr: 'Device "er5" does not exist.'}));
	t.deepEqual((await reader.readLink('er5'))?.entries, []);
});

test('an ip that takes too long is not asked the same without -d', async (t) => {
	const {queries, reader} = make((question) => new SnapshotError(`${question}: no answer within 15000 ms`));
	await t.throwsAsync(reader.readLinks(), {message: /no answer within/});
	t.deepEqual(queries.asked, ['ip -j -d addr show']);
});

test('an ip that fails with -d and without reports why it failed with -d', async (t) => {
	const {reader} = make((question) => ({ok: false, stderr: question.includes('-d') ? 'the first' : 'the second'}));
	await t.throwsAsync(reader.readLinks(), {message: /failed: the first/});
	await t.throwsAsync(reader.readLink('v4'), {message: /failed: the first/});
	await t.throwsAsync(reader.readRoutes('inet'), {message: /failed: the first/});
});
