import test from 'ava';
import fc from 'fast-check';
import {ipv6Bytes} from '../../src/text/ip-address.js';
import {addressWords, broadcastWord, covers, networkOf, parsePrefix, prefixKey} from '../../src/text/ip-prefix.js';

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

test('the words of any IPv6 address are its bytes', (t) => {
	fc.assert(
		fc.property(fc.ipV6(), (text) => {
			const view = new DataView(ipv6Bytes(text).buffer);
			t.deepEqual(addressWords(text), [view.getUint32(0), view.getUint32(4), view.getUint32(8), view.getUint32(12)], text);
		}),
		{numRuns: 2000},
	);
});
