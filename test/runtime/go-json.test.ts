import test from 'ava';
import fc from 'fast-check';
import {goNumber, goString} from '../../src/runtime/go-json.js';

// Each as `json.Marshal` of Go 1.11 to 1.20 prints it.
for (const [what, text, written] of [
	['plain text', 'eth0', '"eth0"'],
	['nothing', '', '""'],
	['HTML', '<a & b>', String.raw`"\u003ca \u0026 b\u003e"`],
	['a quote and a backslash', 'q"\\', String.raw`"q\"\\"`],
	['an apostrophe and a slash', "'/", `"'/"`],
	['line ends and a tab', '\n\r\t', String.raw`"\n\r\t"`],
	['other control characters', '\u0000\u0001\b\f\u001b\u001f', String.raw`"\u0000\u0001\u0008\u000c\u001b\u001f"`],
	['DEL and C1, which Go leaves as they are', '\u007f\u0085', '"\u007f\u0085"'],
	['line and paragraph separators', '\u2028\u2029', String.raw`"\u2028\u2029"`],
	['other text', 'ünïcödé 日本', '"ünïcödé 日本"'],
	['a character beyond the first plane', '😀', '"😀"'],
	['the replacement character itself', '\ufffd', '"\ufffd"'],
	['bytes that are not UTF-8, each by itself', 'bad\udcff\udcfe', String.raw`"bad\ufffd\ufffd"`],
	['lone surrogates', '\ud800x\udbff', String.raw`"\ufffdx\ufffd"`],
] as const) {
	test(`${what}: as Go writes it`, (t) => {
		t.is(goString(text), written);
	});
}

test('whatever the text, what is written is JSON of it, in ASCII where HTML or a terminal might be misled', (t) => {
	fc.assert(
		fc.property(fc.string({unit: 'binary'}), (text) => {
			const written = goString(text);
			t.is(JSON.parse(written), text);
			// biome-ignore lint/suspicious/noControlCharactersInRegex: none may be there
			t.notRegex(written, /[<>&\u0000-\u001f\u2028\u2029]/);
		}),
	);
});

test('story 23: nothing but a whole number gets into a payload as a number', (t) => {
	t.is(goNumber(253), '253');
	for (const value of [Number.NaN, Number.POSITIVE_INFINITY, 1.5]) t.throws(() => goNumber(value), {instanceOf: TypeError});
});
