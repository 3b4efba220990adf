import test from 'ava';
import fc from 'fast-check';
import {goAddress, ipv6Bytes} from '../../src/text/ip-address.js';

for (const [text, hex] of [
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
		t.is(Buffer.from(ipv6Bytes(text)).toString('hex'), hex);
	});
}

test('the bytes of any address are those from which its text was made', (t) => {
	fc.assert(
		fc.property(fc.ipV6(), (text) => {
			// The URL parser is another reader of the same forms.
			const canonical = new URL(`http://[${text}]/`).hostname.slice(1, -1);
			t.deepEqual(ipv6Bytes(text), ipv6Bytes(canonical));
		}),
	);
});

for (const [printed, go] of [
	['10.0.0.1', '10.0.0.1'],
	['fd00::1', 'fd00::1'],
	['', ''],
	['::ffff:1.2.3.4', '1.2.3.4'],
	['::1.2.3.4', '::102:304'],
	['::255.255.255.255', '::ffff:ffff'],
	['::0.1.0.0', '::1:0'],
	['default', 'default'],
] as const) {
	test(`Go prints "${printed}" as "${go}"`, (t) => {
		t.is(goAddress(printed), go);
	});
}
