import test from 'ava';
import fc from 'fast-check';
import {addressBytes, addressWords, broadcastWord, covers, networkOf, parsePrefix, prefixKey} from '../../src/text/ip-prefix.js';

for (const [prefix, inside, outside] of [
	['10.0.0.0/8', ['10.0.0.0', '10.255.255.255'], ['11.0.0.0', '9.255.255.255', '::a00:1']],
	['10.1.2.4/31', ['10.1.2.4', '10.1.2.5'], ['10.1.2.6', '10.1.2.3']],
	['0.0.0.0/0', ['0.0.0.0', '255.255.255.255'], ['::']],
	['192.0.2.7', ['192.0.2.7'], ['192.0.2.6']],
	['128.0.0.0/1', ['255.0.0.1'], ['127.0.0.1']],
	['fd00::/64', ['fd00::1', 'fd00::ffff:0:0:1'], ['fd00:0:0:1::', 'fd01::', '0.0.0.0']],
	['2001:db8::/33', ['2001:db8:7fff::1'], ['2001:db8:8000::']],
	['::/0', ['::', 'ffff::'], ['0.0.0.0']],
	['fd00::7', ['fd00::7'], ['fd00::6']],
] as const) {
	test(`${prefix} holds ${inside.join(', ')} and not ${outside.join(', ')}`, (t) => {
		for (const address of inside) t.true(covers(parsePrefix(prefix), addressWords(address)), address);
		for (const address of outside) t.false(covers(parsePrefix(prefix), addressWords(address)), address);
	});
}

test('the network of an address has a key that does not depend on how the network is written', (t) => {
	t.is(prefixKey(networkOf('10.1.0.2', 24)), prefixKey(parsePrefix('10.1.0.0/24')));
	t.is(prefixKey(networkOf('10.1.0.2', 32)), prefixKey(parsePrefix('10.1.0.2')));
	t.is(prefixKey(networkOf('2001:db8::2', 64)), prefixKey(parsePrefix('2001:db8:0:0::/64')));
	t.is(prefixKey(networkOf('::1.2.3.4', 128)), prefixKey(parsePrefix('::102:304')));
	t.not(prefixKey(networkOf('0.0.0.0', 32)), prefixKey(networkOf('::', 128)));
});

test('the broadcast address of an IPv4 network is its last one', (t) => {
	t.deepEqual([broadcastWord(networkOf('10.1.0.2', 24))], addressWords('10.1.0.255'));
	t.deepEqual([broadcastWord(networkOf('10.1.0.2', 30))], addressWords('10.1.0.3'));
	t.deepEqual([broadcastWord(networkOf('200.1.0.2', 1))], addressWords('255.255.255.255'));
});

for (const [text, hex] of [
	['10.0.255.1', '0a00ff01'],
	['::', '0'.repeat(32)],
	['::1', `${'0'.repeat(31)}1`],
	['fd00::', `fd00${'0'.repeat(28)}`],
	['1:2:3:4:5:6:7:8', '00010002000300040005000600070008'],
	['1::8', `0001${'0'.repeat(24)}0008`],
	['::ffff:1.2.3.4', '00000000000000000000ffff01020304'],
	['64:ff9b::192.0.2.33', '0064ff9b0000000000000000c0000221'],
	['1:2:3:4:5:6:10.0.0.1', '0001000200030004000500060a000001'],
	['FE80::ABCD', `fe80${'0'.repeat(24)}abcd`],
] as const) {
	test(`the bytes of ${text}`, (t) => {
		t.is(Buffer.from(addressBytes(text)).toString('hex'), hex);
	});
}

/** The URL parser is another reader of the same forms. It writes groups without leading zeros, and at most one gap. */
function wordsByUrl(text: string): number[] {
	const [head = '', tail = ''] = new URL(`http://[${text}]/`).hostname.slice(1, -1).split('::');
	const groupsIn = (part: string) => (part === '' ? [] : part.split(':'));
	const [front, back] = [groupsIn(head), groupsIn(tail)];
	const groups = [...front, ...Array.from({length: 8 - front.length - back.length}, () => '0'), ...back];
	return [0, 2, 4, 6].map((at) => Number.parseInt(`${groups[at]}${groups[at + 1]?.padStart(4, '0')}`, 16));
}

test('the words of any IPv6 address are those that the URL parser reads', (t) => {
	fc.assert(
		fc.property(fc.ipV6(), (text) => {
			t.deepEqual(addressWords(text), wordsByUrl(text), text);
		}),
		{numRuns: 2000},
	);
});
