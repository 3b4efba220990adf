import test from 'ava';
import fc from 'fast-check';
import {LineReader} from '../../../src/probe/monitor/line-reader.js';

const longestLine = 128 * 1024;

function readAll(chunks: readonly Buffer[]): {lines: string[]; overlong: number} {
	let overlong = 0;
	const reader = new LineReader(() => {
		overlong += 1;
	});
	return {lines: chunks.flatMap((chunk) => reader.push(chunk)), overlong};
}

/** Cuts at these offsets. */
function cut(bytes: Buffer, offsets: readonly number[]): Buffer[] {
	const sorted = [...new Set(offsets.map((offset) => offset % (bytes.length + 1)))].sort((a, b) => a - b);
	return [0, ...sorted].map((from, index) => bytes.subarray(from, sorted[index] ?? bytes.length));
}

test('wherever the chunks are cut, the lines are the same', (t) => {
	const bytes = fc.array(fc.oneof(fc.constant(10), fc.integer({min: 0, max: 255})), {maxLength: 200}).map((list) => Buffer.from(list));
	fc.assert(
		fc.property(bytes, fc.array(fc.nat(), {maxLength: 20}), (stream, offsets) => {
			const {lines, overlong} = readAll(cut(stream, offsets));
			t.deepEqual(lines, stream.toString('latin1').split('\n').slice(0, -1));
			t.is(overlong, 0);
		}),
	);
});

test('a byte is a character, whether or not it is part of UTF-8', (t) => {
	t.deepEqual(readAll([Buffer.from([0xc3]), Buffer.from([0xbc, 0xff, 0x0a])]).lines, ['\xc3\xbc\xff']);
});

test('half a line is kept until its end comes', (t) => {
	t.deepEqual(readAll([Buffer.from('half')]).lines, []);
	t.deepEqual(readAll([Buffer.from('ha'), Buffer.from('lf\nnext')]).lines, ['half']);
});

test('a line that is longer than any event is dropped and told where it begins and where it ends, and the lines after it are read', (t) => {
	const chunk = Buffer.alloc(longestLine / 2 + 1, 'x');
	const {lines, overlong} = readAll([Buffer.from('before\n'), chunk, chunk, chunk, chunk, chunk, Buffer.from('tail\nafter\n')]);
	t.deepEqual(lines, ['before', 'after']);
	// At its end too, because that may look like a line of its own.
	t.is(overlong, 2);
});

test('two overlong lines are told twice as often', (t) => {
	const chunk = Buffer.alloc(longestLine + 1, 'x');
	const {lines, overlong} = readAll([chunk, Buffer.from('\n'), chunk, Buffer.from('\nafter\n')]);
	t.deepEqual(lines, ['after']);
	t.is(overlong, 4);
});

test('the longest line that is kept comes whole', (t) => {
	const line = 'x'.repeat(longestLine);
	t.deepEqual(readAll([Buffer.from(line), Buffer.from('\n')]), {lines: [line], overlong: 0});
});
