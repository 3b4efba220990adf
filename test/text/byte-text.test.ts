import test from 'ava';
import fc from 'fast-check';
import {bytesOfText, isWellFormed, textOfBytes, textOfLatin1, visibleText} from '../../src/text/byte-text.js';

const anyBytes = fc.uint8Array({maxLength: 24}).map((bytes) => Buffer.from(bytes));

test('any bytes survive the way to text and back', (t) => {
	fc.assert(
		fc.property(anyBytes, (bytes) => t.deepEqual(bytesOfText(textOfBytes(bytes)), bytes)),
		{numRuns: 2000},
	);
});

test('bytes read as latin1 give the same text as the bytes', (t) => {
	fc.assert(fc.property(anyBytes, (bytes) => t.is(textOfLatin1(bytes.toString('latin1')), textOfBytes(bytes))));
});

test('different bytes are different text', (t) => {
	fc.assert(fc.property(anyBytes, anyBytes, (a, b) => t.is(textOfBytes(a) === textOfBytes(b), a.equals(b))));
});

test('valid UTF-8 reads as the text that it is, and is well-formed', (t) => {
	fc.assert(
		fc.property(fc.string({unit: 'binary'}), (text) => {
			t.is(textOfBytes(Buffer.from(text)), text);
			t.is(isWellFormed(text), true);
		}),
	);
	t.is(textOfBytes(Buffer.from('\ufeffbom')), '\ufeffbom', 'a byte order mark is part of a name');
});

for (const [what, bytes, text] of [
	['bytes that no UTF-8 has', [0x62, 0xff, 0xfe], 'b\udcff\udcfe'],
	['half a character at the end', [0x62, 0xc3], 'b\udcc3'],
	['half a character in the middle', [0xe2, 0x82, 0x62], '\udce2\udc82b'],
	['an overlong slash', [0xc0, 0xaf], '\udcc0\udcaf'],
	['a surrogate in UTF-8', [0xed, 0xb3, 0xbf], '\udced\udcb3\udcbf'],
	['beyond Unicode', [0xf5, 0x80, 0x80, 0x80], '\udcf5\udc80\udc80\udc80'],
	['valid among invalid', [0xff, 0xc3, 0xbc, 0xff], '\udcffü\udcff'],
] as const) {
	test(`${what}: each stray byte is a lone surrogate`, (t) => {
		const found = textOfBytes(Buffer.from(bytes));
		t.is(found, text);
		t.false(isWellFormed(found));
		t.deepEqual(bytesOfText(found), Buffer.from(bytes));
	});
}

test('a lone surrogate that stands for no byte does not break the way back', (t) => {
	t.notThrows(() => bytesOfText('\ud800x'));
});

test('visible text has no control character, no stray byte and nothing that turns the direction', (t) => {
	t.is(visibleText('a\u001b[1m\n\udcff\u007f\u0085\u200e\u202e\u2028z'), String.raw`a\x1b[1m\x0a\xff\x7f\x85\u200e\u202e\u2028z`);
	t.is(visibleText('ünïcödé 日本 😀'), 'ünïcödé 日本 😀');
	fc.assert(
		fc.property(anyBytes, (bytes) => {
			const shown = visibleText(textOfBytes(bytes));
			t.true(isWellFormed(shown));
			t.notRegex(shown, /\p{Cc}/u);
		}),
	);
});

test('on one line everything is shown as bytes with two digits', (t) => {
	t.is(visibleText('\u0001\udc80'), String.raw`\x01\x80`);
});
