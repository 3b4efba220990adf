import test from 'ava';
import {recordOf, sameRecord} from '../../src/diff/record.js';
import {announcedAtStart, isRuntimesOwn, judge} from '../../src/diff/rules.js';
import {nextWish} from '../../src/diff/wishes.js';
import type {AnnouncedRecord} from '../../src/model/announced.js';
import type {Link} from '../../src/model/link.js';
import type {Rules} from '../../src/model/rules.js';
import {defaultRules, inet, inet6, loopback, makeLink, makeRecord, tableOf, told, track, wishesOf} from '../helpers/records.js';

const down = ['BROADCAST', 'MULTICAST'];
const noCarrier = ['NO-CARRIER', 'BROADCAST', 'MULTICAST', 'UP'];

function decide(link: Link, more: Parameters<typeof track>[1] = {}, now = 0, rules: Partial<Rules> = {}) {
	return judge(track(link, more), undefined, {...defaultRules, ...rules}, now);
}

test('rule 1: what has an address at the start is announced with no call, in the order of the dump', (t) => {
	const table = tableOf(loopback, makeLink(7), makeLink(4), makeLink(5, {addr_info: []}));
	t.deepEqual(announcedAtStart(table, ['inet']), [told(7), told(4)]);
});

test('rule 1: an IPv6 link-local address counts at the start, though it is not told', (t) => {
	const [entry] = announcedAtStart(tableOf(makeLink(4, {addr_info: [inet6('fe80::1', 64, 'link')]})), ['inet']);
	t.deepEqual(entry, told(4, {record: makeRecord(4, {addresses: []})}));
});

test('rule 1: an interface that is down but has an address at the start counts as announced', (t) => {
	t.is(announcedAtStart(tableOf(makeLink(4, {flags: down})), ['inet']).length, 1);
});

test('rule 1: the loopback and …kata are not announced at the start', (t) => {
	t.deepEqual(announcedAtStart(tableOf(loopback, makeLink(4, {ifname: 'tap0_kata'})), ['inet']), []);
});

test('rule 1: the loopback is never wanted, whatever its state', (t) => {
	for (const link of [loopback, {...loopback, addresses: []}, {...loopback, ifname: 'eth0'}]) {
		t.is(decide(link).decision, 'unwanted');
		t.is(judge(track(link), told(1), {...defaultRules, onChange: 'replace'}, 0).decision, 'unwanted');
	}
});

test('rule 2: an interface that is UP and RUNNING and has an address is wanted at once', (t) => {
	t.like(decide(makeLink(4), {changedAt: 0}, 0), {decision: 'wanted', record: makeRecord(4)});
});

test('rule 2: one that is not UP, or has no carrier, is not wanted, however long', (t) => {
	for (const flags of [down, noCarrier]) t.is(decide(makeLink(4, {flags}), {}, 1e9).decision, 'unwanted');
});

test('rule 2: one without an address is waited for until --address-wait after its last change, and then wanted without one', (t) => {
	const link = makeLink(4, {addr_info: []});
	t.like(decide(link, {changedAt: 1000}, 1000), {decision: 'waiting', until: 1100});
	t.like(decide(link, {changedAt: 1000}, 1099.9), {decision: 'waiting', until: 1100});
	t.like(decide(link, {changedAt: 1000}, 1100), {decision: 'wanted', record: makeRecord(4, {addresses: []})});
	t.like(decide(link, {changedAt: 1000}, 1000, {addressWaitMs: 0}), {decision: 'wanted'});
});

test('rule 2: one that was there at the start waits for its first address, however long', (t) => {
	const link = makeLink(4, {addr_info: []});
	t.is(decide(link, {sinceStart: true}, 1e9).decision, 'unwanted');
	t.is(decide(makeLink(4), {sinceStart: true}).decision, 'wanted');
});

test('rule 2: only an address of the chosen family is one', (t) => {
	const link = makeLink(4, {addr_info: [inet6('fd00::1')]});
	t.is(decide(link).decision, 'waiting');
	t.is(decide(link, {}, 0, {families: ['inet6']}).decision, 'wanted');
	t.is(decide(makeLink(4), {}, 0, {families: ['inet6']}).decision, 'waiting');
	t.is(decide(makeLink(4, {addr_info: [inet6('fe80::1')]}), {}, 0, {families: ['inet', 'inet6']}).decision, 'waiting', 'link-local');
});

test('rule 3: only names that end in kata are the runtime’s own', (t) => {
	for (const name of ['kata', 'tap0_kata', 'brkata']) t.true(isRuntimesOwn(name), name);
	for (const name of ['katana0', 'kata0', 'Kata', 'kat', 'eth0']) t.false(isRuntimesOwn(name), name);
});

test('rule 3: …kata is never wanted, also when it is announced under another name', (t) => {
	t.is(decide(makeLink(4, {ifname: 'br4_kata'})).decision, 'unwanted');
	for (const onChange of ['ignore', 'first-address', 'replace'] as const) {
		t.is(judge(track(makeLink(4, {ifname: 'br4_kata'})), told(4), {...defaultRules, onChange}, 0).decision, 'unwanted');
	}
	t.is(decide(makeLink(4, {ifname: 'katana0'})).decision, 'wanted');
});

test('rule 4: an announced interface that goes down, or loses its carrier or its addresses, is wanted as it was announced', (t) => {
	for (const link of [makeLink(4, {flags: down}), makeLink(4, {flags: noCarrier}), makeLink(4, {addr_info: []})]) {
		const entry = told(4);
		const verdict = judge(track(link), entry, defaultRules, 0);
		t.is(verdict.decision, 'wanted');
		t.is(verdict.decision === 'wanted' ? verdict.record : undefined, entry.record);
	}
});

const changes: readonly (readonly [string, Partial<Link>, Partial<AnnouncedRecord>])[] = [
	['an address more', {addr_info: [inet('10.4.0.2'), inet('10.4.0.3')]}, {}],
	['another prefix', {addr_info: [inet('10.4.0.2', 16)]}, {}],
	['no address any more', {addr_info: []}, {}],
	['another MTU', {mtu: 1400}, {}],
	['another hardware address', {address: '02:00:00:00:00:ff'}, {}],
	['another name', {ifname: 'new'}, {}],
];

for (const [what, link] of changes) {
	test(`rule 5: ${what}: --on-change replace tells it, ignore and first-address do not`, (t) => {
		const changed = makeLink(4, link);
		const entry = told(4);
		for (const onChange of ['ignore', 'first-address'] as const) {
			t.like(judge(track(changed), entry, {...defaultRules, onChange}, 0), {decision: 'wanted', record: entry.record}, onChange);
		}
		t.like(judge(track(changed), entry, {...defaultRules, onChange: 'replace'}, 0), {
			decision: 'wanted',
			record: recordOf(changed, ['inet']),
		});
	});
}

test('rule 5: the first address of an interface announced without one is told by first-address and replace, not by ignore', (t) => {
	const entry = told(4, {record: makeRecord(4, {addresses: []})});
	t.like(judge(track(makeLink(4)), entry, {...defaultRules, onChange: 'ignore'}, 0), {record: entry.record});
	t.like(judge(track(makeLink(4)), entry, {...defaultRules, onChange: 'first-address'}, 0), {record: makeRecord(4)});
	t.like(judge(track(makeLink(4)), entry, {...defaultRules, onChange: 'replace'}, 0), {record: makeRecord(4)});
});

test('rule 5: what the guest is not told of (carrier, master, flags, lifetimes) is no change of the record', (t) => {
	const entry = told(4);
	const link = makeLink(4, {
		flags: down,
		master: 'br0',
		operstate: 'DOWN',
		addr_info: [{...inet('10.4.0.2'), address: '10.4.0.9', scope: 'link'}],
	});
	t.like(judge(track(link), entry, {...defaultRules, onChange: 'replace'}, 0), {
		decision: 'wanted',
		record: entry.record,
		reason: {code: 'announced'},
	});
});

test('an interface whose call is not settled is told as it is now, also where changes are ignored', (t) => {
	for (const standing of ['unsure', 'withdrawn'] as const) {
		const verdict = judge(track(makeLink(4, {mtu: 1400, flags: down})), told(4, {standing}), {...defaultRules, onChange: 'ignore'}, 0);
		t.like(verdict, {decision: 'wanted', record: makeRecord(4, {mtu: 1400})});
	}
});

test('the record has the addresses of the chosen families in order, without IPv6 link-local ones', (t) => {
	const link = makeLink(4, {
		addr_info: [inet('10.4.0.2'), inet6('fd00::1'), inet6('fe80::1', 64, 'link'), inet6('febf::1'), inet6('fec0::1')],
	});
	t.deepEqual(
		recordOf(link, ['inet', 'inet6']).addresses.map(({family, address, mask}) => `${family} ${address}/${mask}`),
		['2 10.4.0.2/24', '10 fd00::1/64', '10 fec0::1/64'],
	);
	t.deepEqual(recordOf(link, ['inet']).addresses.length, 1);
	t.deepEqual(
		recordOf(link, ['inet6']).addresses.map(({address}) => address),
		['fd00::1', 'fec0::1'],
	);
});

test('an IPv4-mapped IPv6 address is told as Go tells it: an IPv4 one', (t) => {
	t.deepEqual(recordOf(makeLink(4, {addr_info: [inet6('::ffff:10.0.0.1', 128)]}), ['inet6']).addresses, [
		{family: 2, address: '10.0.0.1', mask: '128'},
	]);
});

test('two records are the same only where every field and every address in its place is', (t) => {
	const record = makeRecord(4, {
		addresses: [
			{family: 2, address: '10.4.0.2', mask: '24'},
			{family: 2, address: '10.4.0.3', mask: '24'},
		],
	});
	t.true(sameRecord(record, structuredClone(record)));
	const others: Partial<AnnouncedRecord>[] = [
		{name: 'x'},
		{mtu: 1},
		{hwaddr: ''},
		{linkType: 'bridge'},
		{addresses: []},
		{addresses: record.addresses.slice(1)},
		{addresses: record.addresses.toReversed()},
		{addresses: record.addresses.map((address) => ({...address, mask: '16'}))},
		{addresses: record.addresses.map((address) => ({...address, family: 10}))},
	];
	for (const other of others) t.false(sameRecord(record, {...record, ...other}), JSON.stringify(other));
});

test('the earliest moment at which a waiting interface is due is told, and none where nothing waits', (t) => {
	const waiting = (ifindex: number, changedAt: number) => track(makeLink(ifindex, {addr_info: []}), {changedAt});
	const table = tableOf(track(makeLink(4)), waiting(5, 300), waiting(6, 200));
	const desired = wishesOf(table, [], defaultRules, 250);
	t.is(nextWish(desired), 300);
	t.deepEqual([...desired.wanted.keys()], [4]);
	t.is(nextWish(wishesOf(tableOf(makeLink(4)), [], defaultRules, 0)), undefined);
});

test('an announced interface of another incarnation says nothing of the one that has its index now', (t) => {
	const table = tableOf(track(makeLink(4, {flags: down}), {incarnation: 7}));
	t.is(wishesOf(table, [told(4)], defaultRules, 0).wanted.size, 0);
});

test('one local address counts once, however many peers it has', (t) => {
	const peers = [{...inet('10.7.0.1', 32), address: '10.7.0.2'}, {...inet('10.7.0.1', 32), address: '10.7.0.3'}, inet('10.7.0.1', 24)];
	t.deepEqual(recordOf(makeLink(4, {addr_info: peers}), ['inet']).addresses, [{family: 2, address: '10.7.0.1', mask: '32'}]);
});

const tentative = {...inet6('fd00::2'), tentative: true} as const;
/** As the kernel leaves it: still tentative. */
const dadfailed = {...inet6('fd00::3'), tentative: true, dadfailed: true} as const;
const six: Rules = {...defaultRules, families: ['inet6'], onChange: 'replace'};

test('story 10: a tentative address is none until duplicate address detection has ended, and one that failed it is none', (t) => {
	t.deepEqual(recordOf(makeLink(4, {addr_info: [tentative, dadfailed, inet6('fd00::4')]}), ['inet6']).addresses, [
		{family: 10, address: 'fd00::4', mask: '64'},
	]);
	t.like(judge(track(makeLink(4, {addr_info: [tentative]})), undefined, six, 1e6), {
		decision: 'unwanted',
		reason: {code: 'address-tentative'},
	});
	t.is(judge(track(makeLink(4, {addr_info: [inet6('fd00::2')]})), undefined, six, 1e6).decision, 'wanted', 'it has ended');
	t.like(judge(track(makeLink(4, {addr_info: [dadfailed]})), undefined, six, 1e6), {
		decision: 'wanted',
		reason: {code: 'no-address-came'},
	});
});

test('an address that was told stays while it is tentative again', (t) => {
	const record = makeRecord(4, {addresses: [{family: 10, address: 'fd00::2', mask: '64'}]});
	t.like(judge(track(makeLink(4, {addr_info: [tentative]})), told(4, {record}), six, 0), {record, reason: {code: 'announced'}});
	const more = makeLink(4, {addr_info: [tentative, {...inet6('fd00::9'), tentative: true}]});
	t.like(judge(track(more), told(4, {record}), six, 0), {record, reason: {code: 'announced'}}, 'but a new one waits');
});

test('rule 1: at the start a tentative address is one that the runtime has told the guest itself', (t) => {
	const [entry] = announcedAtStart(tableOf(makeLink(4, {addr_info: [tentative]})), ['inet6']);
	t.deepEqual(entry?.record.addresses, [{family: 10, address: 'fd00::2', mask: '64'}]);
});
