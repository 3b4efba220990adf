import {readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import fc from 'fast-check';
import {replayed} from '../../src/app/replay.js';
import {anonymize} from '../../src/host/anonymize.js';
import {parseRecorded} from '../../src/host/recorded.js';
import {checkReplayOptions} from '../../src/options/replay-options.js';
import {AddressDisguise} from '../../src/text/address-disguise.js';
import {addressWords, covers, parsePrefix} from '../../src/text/ip-prefix.js';
import {NameDisguise} from '../../src/text/name-disguise.js';
import {scratch} from '../helpers/journals.js';
import {simulateRecording} from '../helpers/simulated-recordings.js';

const seeds = Array.from({length: Number(process.env['NETMON_REPLAY_RUNS'] ?? 2)}, (_, index) => index + 1);

let keys = 0;
const newKey = () => {
	keys += 1;
	return `key ${keys}`;
};

/** Whether a word stands in a text by itself. */
function stands(word: string, text: string): boolean {
	const escaped = JSON.stringify(word)
		.slice(1, -1)
		.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
	return new RegExp(`(?<![\\w.:@#])${escaped}(?![\\w.:@#])`).test(text);
}

const addressForm = /(?<![\w.:])(?:\d+\.\d+\.\d+\.\d+|[\da-f]*:[\da-f:]+)(?![\w.:])/gi;

test('issue 16: an anonymized recording is replayed with the calls of the run under other names, and has none of its own', async (t) => {
	for (const seed of seeds) {
		const folder = scratch(t);
		const [file, shared] = [join(folder, 'recording.ndjson'), join(folder, 'shared.ndjson')];
		const {calls, names} = await simulateRecording(file, seed, {fails: 0.1});
		const text = readFileSync(file, 'utf8');
		const lines = text.split('\n').flatMap((line) => parseRecorded(line) ?? []);
		const other = anonymize(lines, newKey, (known, payload) => payload(known));
		const written = other.lines.map((line) => `${JSON.stringify(line)}\n`).join('');
		writeFileSync(shared, written);
		const {text: replay} = await replayed(checkReplayOptions([shared], {json: true}, {}));
		t.deepEqual(
			replay.split('\n').slice(0, -1),
			calls.map((call) => call.replace(/"payload":(.*)}$/, (_, payload: string) => `"payload":${other.payload(payload)}}`)),
			`seed ${seed}`,
		);
		// `if3` is how ip writes the index of a link that has no name here.
		for (const name of names) if (!/^if\d+$/.test(name)) t.false(stands(name, written), `${name}, seed ${seed}`);
		for (const [address] of text.matchAll(addressForm)) {
			const known = ['::', '::1', 'fe80::', '127.0.0.1', '127.0.0.0', '00:00:00:00:00:00', 'ff:ff:ff:ff:ff:ff', '172.16.0.0'];
			if (!known.includes(address) && !/^fe80::\w\w?$/.test(address) && /[\d.]{7}|:.*:/.test(address))
				t.false(stands(address, written), `${address}, seed ${seed}`);
		}
		t.false(written.includes('secret-pod'));
	}
});

test('nothing of an alias stays, whatever is in it', (t) => {
	const said = '4: v0: <UP> mtu 1500 state UP \\    link/ether 02:00:00:00:00:04 \\    alias dc1\\customer';
	const event = {kind: 'link', deleted: false, ifindex: 4, name: 'v0', said} as const;
	const {lines} = anonymize(
		[{what: 'events', at: 0, wall: '2026-11-26T12:00:00.000Z', monitor: 1, events: [event]}],
		newKey,
		(known) => known,
	);
	t.notRegex(JSON.stringify(lines), /dc1|customer/);
});

const octets = fc.tuple(fc.nat(255), fc.nat(255), fc.nat(255), fc.nat(255)).map((bytes) => bytes.join('.'));

const groups = fc
	.array(fc.oneof(fc.constant(0), fc.nat(0xffff)), {minLength: 8, maxLength: 8})
	.map((list) => list.map((group) => group.toString(16)).join(':'));

for (const [family, address, bits, separator] of [
	['IPv4', octets, 32, '.'],
	['IPv6', groups, 128, ':'],
] as const) {
	test(`an ${family} address lies in the disguised network if and only if it lay in the network`, (t) => {
		fc.assert(
			fc.property(address, fc.integer({min: 1, max: bits}), address, fc.nat(8), fc.string(), (base, length, free, same, key) => {
				const [own, other] = [base.split(separator), free.split(separator)];
				const near = [...own.slice(0, same), ...other.slice(same)].join(separator);
				fc.pre(!`${base} ${near}`.includes('fe'));
				const disguise = new AddressDisguise(key);
				const disguised = parsePrefix(`${disguise.ip(base)}/${length}`);
				t.is(covers(disguised, addressWords(disguise.ip(near))), covers(parsePrefix(`${base}/${length}`), addressWords(near)));
			}),
		);
	});
}

test('disguised addresses keep what they mean: loopback, link-local, private, multicast, zero, broadcast', (t) => {
	const disguise = new AddressDisguise('key');
	for (const kept of ['127.0.0.1', '0.0.0.0', '255.255.255.255', '::1', '::']) t.is(disguise.ip(kept), kept);
	for (const kept of ['10.0.0.0/8', 'fe80::/64', '127.0.0.0/8', '192.168.0.0/16', 'fe80::/10', 'fe80::1/128', 'ff00::/8'])
		t.is(disguise.network(kept), kept);
	t.regex(disguise.ip('10.1.2.3'), /^10\..*\.3$/);
	t.regex(disguise.ip('192.168.5.255'), /^192\.168\.\d+\.255$/);
	t.regex(disguise.ip('239.1.2.3'), /^2(2[4-9]|3\d)\./);
	t.regex(disguise.ip('2001:db8::53'), /^[23][\da-f]{3}:.*::53$/);
	t.regex(disguise.network('2001:db8:1::/48'), /^[23][\da-f]{3}:[\da-f:]*::\/48$/);
	t.regex(disguise.ip('::ffff:203.0.113.7'), /^::ffff:\d+\.\d+\.\d+\.7$/);
	t.is(disguise.hardware('00:00:00:00:00:00'), '00:00:00:00:00:00');
	t.is(disguise.hardware('ff:ff:ff:ff:ff:ff'), 'ff:ff:ff:ff:ff:ff');
	const bits = (text: string) => Number.parseInt(text.slice(0, 2), 16) & 3;
	for (const address of ['02:00:00:00:00:01', '01:00:5e:00:00:01', '00:16:3e:aa:bb:cc'])
		t.is(bits(disguise.hardware(address)), bits(address));
});

test('a link-local address that is made of a hardware address is made of the other one', (t) => {
	const disguise = new AddressDisguise('key');
	const [a = '', b = '', c = '', d, e, f] = disguise.hardware('02:16:3e:12:34:56').split(':');
	const first = (Number.parseInt(a, 16) ^ 2).toString(16).padStart(2, '0');
	const group = (text: string) => Number.parseInt(text, 16).toString(16);
	const expected = `fe80::${group(`${first}${b}`)}:${group(`${c}ff`)}:${group(`fe${d}`)}:${group(`${e}${f}`)}`;
	t.is(disguise.ip('fe80::16:3eff:fe12:3456'), expected);
});

test('disguised names keep their parts, and none is one that was there', (t) => {
	const taken = new Set(['eth0', 'eth1', 'web', 'web.7', 'veth1']);
	const disguise = new NameDisguise(taken);
	t.is(disguise.name('lo'), 'lo');
	t.is(disguise.name('eth0'), 'eth2');
	t.is(disguise.name('eth0@if7'), 'eth2@if7');
	t.is(disguise.label('eth0:1'), 'eth2:1');
	t.is(disguise.name('web'), 'net1');
	t.is(disguise.name('web.7@web'), 'net1.7@net1');
	t.is(disguise.name('tap0_kata'), 'tap1_kata');
	t.is(disguise.name('vethabcdef'), 'veth2');
});
