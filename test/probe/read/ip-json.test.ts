import test from 'ava';
import fc from 'fast-check';
import {fixIpJson, parseIpJson} from '../../../src/probe/read/ip-json.js';

const question = 'ip -j -d addr show';

test('an apostrophe that is escaped, as before 6.1, is read as one', (t) => {
	t.deepEqual(parseIpJson(String.raw`[{"ifname":"apo\'st","a\'b":1}]`, question), [{ifname: "apo'st", "a'b": 1}]);
});

test('a backslash before an apostrophe stays one', (t) => {
	// The name is \' : the backslash is escaped, and before 6.1 the apostrophe too.
	t.deepEqual(parseIpJson(String.raw`[{"ifname":"\\\'"}]`, question), [{ifname: "\\'"}]);
	t.deepEqual(parseIpJson(String.raw`[{"ifname":"\\'"}]`, question), [{ifname: "\\'"}]);
});

test('raw control characters in strings, as before 7.0, are read as they are', (t) => {
	t.deepEqual(parseIpJson('[{"ifname":"ctl\u0001\u001b[1m\u007f"}]', question), [{ifname: 'ctl\u0001\u001b[1m\u007f'}]);
	t.deepEqual(parseIpJson('[{"ifname":"\u0001","other":"\\"\u0002"}]', question), [{ifname: '\u0001', other: '"\u0002'}]);
});

test('escaped control characters, as from 7.0, are read as they are', (t) => {
	t.deepEqual(parseIpJson(String.raw`[{"ifname":"\u0001\u001b"}]`, question), [{ifname: '\u0001\u001b'}]);
});

test('nothing outside of strings is changed', (t) => {
	t.is(fixIpJson('[\u0001{"a":1}\\\'\n]'), '[\u0001{"a":1}\\\'\n]');
	t.throws(() => parseIpJson('[\u0001{"a":1}]', question), {name: 'ShapeError'});
	t.throws(() => parseIpJson("[\\'{}]", question), {name: 'ShapeError'});
});

test('any text that ip escapes in the way of any release is read back byte for byte', (t) => {
	const bytes = fc.string({unit: fc.integer({min: 1, max: 255}).map((code) => String.fromCharCode(code))});
	fc.assert(
		fc.property(bytes, bytes, fc.boolean(), fc.boolean(), (name, other, oldApostrophe, rawControls) => {
			const print = (text: string) => printed(text, oldApostrophe, rawControls);
			const json = `[{"ifname":"${print(name)}","more":["${print(other)}"]},{}]\n`;
			t.deepEqual(parseIpJson(json, question), [{ifname: name, more: [other]}]);
		}),
	);
});

test('{} for what a filter left out is no entry', (t) => {
	t.deepEqual(parseIpJson('[{},{},{"ifindex":1},{}]', question), [{ifindex: 1}]);
	t.deepEqual(parseIpJson('[{},{}]', question), []);
});

test('an empty array is an empty list', (t) => {
	t.deepEqual(parseIpJson('[]\n', question), []);
});

for (const [what, text, message] of [
	['nothing', '', 'ip -j -d addr show: not JSON: (nothing)'],
	['an object', '{"ifindex":1}', 'ip -j -d addr show: expected an array, got object'],
	['null', 'null', 'ip -j -d addr show: expected an array, got object'],
	['a number', '1', 'ip -j -d addr show: expected an array, got number'],
	['a list in the list', '[[]]', 'ip -j -d addr show: entry 0 is not an object'],
	['a null in the list', '[{"ifindex":1},null]', 'ip -j -d addr show: entry 1 is not an object'],
	['a text in the list', '["lo"]', 'ip -j -d addr show: entry 0 is not an object'],
	['plain text', '1: lo: <LOOPBACK>', 'ip -j -d addr show: not JSON: "1: lo: <LOOPBACK>"'],
	['two answers', '[]\n[]\n', String.raw`ip -j -d addr show: not JSON: "[]\n[]\n"`],
	[
		'routes of before 5.0',
		'[{"unicast","dst":"default"}]',
		String.raw`ip -j -d addr show: not JSON: "[{\"unicast\",\"dst\":\"default\"}]"`,
	],
] as const) {
	test(`${what} instead of a list of objects is an error that names the question`, (t) => {
		t.throws(() => parseIpJson(text, question), {name: 'ShapeError', message});
	});
}

test('the error shows the beginning of a long answer only', (t) => {
	const error = t.throws(() => parseIpJson(`[${'{"a":1},'.repeat(1000)}`, question), {name: 'ShapeError'});
	t.true((error?.message.length ?? 0) < 250);
});

test('a part of an answer, cut anywhere, is an error', (t) => {
	const whole = `${String.raw`[{"ifindex":1,"ifname":"a\'\"b\\","flags":["UP"]},{},{"ifindex":2,"ifname":"x`}\u0001"}]`;
	t.is(parseIpJson(whole, question).length, 2);
	for (let length = 0; length < whole.length; length += 1) {
		t.throws(() => parseIpJson(whole.slice(0, length), question), {name: 'ShapeError'}, whole.slice(0, length));
	}
	for (let from = 1; from < whole.length; from += 1) {
		t.throws(() => parseIpJson(whole.slice(from), question), {name: 'ShapeError'}, whole.slice(from));
	}
});

/** Like a string from lib/json_writer.c: `\'` before 6.1, raw control characters before 7.0. */
function printed(text: string, oldApostrophe: boolean, rawControls: boolean): string {
	const named: Readonly<Record<string, string>> = {
		'\b': '\\b',
		'\f': '\\f',
		'\n': '\\n',
		'\r': '\\r',
		'\t': '\\t',
		'"': '\\"',
		'\\': '\\\\',
	};
	return [...text]
		.map((character) => {
			if (character === "'" && oldApostrophe) return "\\'";
			const code = character.charCodeAt(0);
			return named[character] ?? (code < 0x20 && !rawControls ? `\\u${code.toString(16).padStart(4, '0')}` : character);
		})
		.join('');
}
