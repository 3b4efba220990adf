import fc from 'fast-check';

/** One way in which bytes may be damaged. */
export type Damage =
	| {readonly kind: 'cut'; readonly at: number}
	| {readonly kind: 'set'; readonly at: number; readonly bytes: Buffer}
	| {readonly kind: 'insert'; readonly at: number; readonly bytes: Buffer}
	| {readonly kind: 'remove'; readonly at: number; readonly length: number}
	| {readonly kind: 'repeat'; readonly at: number; readonly length: number};

/** What the parsers have a meaning for, and bytes of no meaning at all. */
const pieces = fc.oneof(
	fc.constantFrom('"', "'", '\\', '\\u', '{', '}', '[', ']', ',', ':', '{}', '},{"type":"', 'null', '0', '-1', '1e9', '[LINK]', 'Deleted '),
	fc.string({unit: 'binary', maxLength: 8}),
	fc.uint8Array({maxLength: 8}).map((bytes) => Buffer.from(bytes).toString('latin1')),
);
const bytes = pieces.map((text) => Buffer.from(text, 'latin1'));
/** A place, as a share of the length. */
const at = fc.double({min: 0, max: 1, noNaN: true});
const length = fc.oneof(fc.integer({min: 1, max: 40}), fc.integer({min: 1, max: 5000}));

export const damage: fc.Arbitrary<Damage> = fc.oneof(
	fc.record({kind: fc.constant('cut' as const), at}),
	fc.record({kind: fc.constant('set' as const), at, bytes}),
	fc.record({kind: fc.constant('insert' as const), at, bytes}),
	fc.record({kind: fc.constant('remove' as const), at, length}),
	fc.record({kind: fc.constant('repeat' as const), at, length}),
);

export function damaged(whole: Buffer, how: Damage): Buffer {
	const from = Math.floor(how.at * whole.length);
	const [head, tail] = [whole.subarray(0, from), whole.subarray(from)];
	switch (how.kind) {
		case 'cut':
			return head;
		case 'set':
			return Buffer.concat([head, how.bytes, tail.subarray(how.bytes.length)]);
		case 'insert':
			return Buffer.concat([head, how.bytes, tail]);
		case 'remove':
			return Buffer.concat([head, tail.subarray(how.length)]);
		case 'repeat':
			return Buffer.concat([head, tail.subarray(0, how.length), tail]);
	}
}

/** Cuts a stream into pieces at these places, whatever they are. */
export function inPieces(stream: Buffer, places: readonly number[]): Buffer[] {
	const offsets = places.map((place) => Math.floor(place * stream.length)).sort((a, b) => a - b);
	return [0, ...offsets].map((from, index) => stream.subarray(from, offsets[index] ?? stream.length));
}

export const places = fc.array(at, {maxLength: 30});
