import test from 'ava';
import {cutObjects} from '../../../src/probe/read/cut-objects.js';

const start = /,\{"ifindex":/g;
const cut = (text: string) => cutObjects(text, start);
const closed = (...texts: readonly string[]) => texts.map((text) => ({text, closed: true}));

test('a sound list is cut into its objects', (t) => {
	t.deepEqual(cut('[]\n'), []);
	t.deepEqual(cut('[{"ifindex":1}]\n'), closed('{"ifindex":1}'));
	t.deepEqual(cut('[{"ifindex":1,"a":[{"b":{}}]} , {"x":2},{}]'), closed('{"ifindex":1,"a":[{"b":{}}]}', '{"x":2}', '{}'));
});

test('braces and brackets in strings, and quotes that are escaped in them, end nothing', (t) => {
	const odd = String.raw`{"ifindex":1,"ifname":"}],[{\"ifindex\":2\\"}`;
	t.deepEqual(cut(`[${odd},{"ifindex":3}]`), closed(odd, '{"ifindex":3}'));
});

for (const [what, sick] of [
	['lacks its closing brace', '{"ifindex":2,"a":{"b":1}'],
	['has one too many', '{"ifindex":2}}'],
	['goes on after its closing brace', '{"ifindex":2},"a":"b"'],
	['has an open string', '{"ifindex":2,"a":"b}'],
	['ends in a backslash', '{"ifindex":2,"a":"\\'],
] as const) {
	test(`of an object that ${what}, all stays in its own piece, which says that others may hide in it`, (t) => {
		const [before, after] = ['{"ifindex":1}', '{"ifindex":3}'];
		t.deepEqual(cut(`[${before},${sick},${after}]`), [...closed(before), {text: sick, closed: false}, ...closed(after)]);
		t.deepEqual(cut(`[${sick}]`), [{text: sick, closed: false}]);
	});
}

test('an object with a key that has no value is a piece like any other (ERSPAN, iproute2 5.5 to 5.11)', (t) => {
	const sick = '{"ifindex":2,"linkinfo":{"info_kind":"erspan","info_data":{"erspan_ver":1,"erspan_index":}}}';
	t.deepEqual(cut(`[{"ifindex":1},${sick}]`), closed('{"ifindex":1}', sick));
});

test('what is no list from bracket to bracket is not cut, for it may be a part', (t) => {
	for (const text of ['', '[', ']', '{}', '[{"ifindex":1},', '[{"ifindex":1},{"ifindex"', '"[]"']) t.is(cut(text), undefined, text);
});

test('what stands around a list is white space of JSON only, and nothing stands before its first object', (t) => {
	t.deepEqual(cut(' \n[ \t{"ifindex":1}]\r\n'), [{text: '{"ifindex":1}', closed: true}]);
	for (const text of ['\v[{"ifindex":1}]', '[{"ifindex":1}]\u00a0', '[,{"ifindex":1}]']) t.is(cut(text), undefined);
});
