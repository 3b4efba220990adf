import test from 'ava';
import fc from 'fast-check';
import type {Route} from '../../../src/model/route.js';
import {parseRouteDump, type RouteDump} from '../../../src/probe/read/route-dump.js';
import {capture, usableReleases} from '../../helpers/captures.js';

const question = 'ip -j -d route show table main';

/** A dump as `ip -j -d` of 6.x prints it: `type` first, everything on one line. */
function printed(objects: readonly object[]): Buffer {
	return Buffer.from(`[${objects.map((object) => latin1Json(object)).join(',')}]\n`, 'latin1');
}

/** With raw control characters and bytes from 0x80 on, as before 7.0. */
function latin1Json(object: object): string {
	return JSON.stringify(object).replace(/\\u00([01][0-9a-f])/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

function fromScratch(bytes: Buffer): readonly Route[] {
	return parseRouteDump(bytes, 'inet', question).routes;
}

/** Names that imitate the bytes between two routes. */
const oddName = fc.constantFrom(
	'v0',
	'v1',
	'eth0',
	'a@if3',
	'},{"type":"',
	'{"type":"',
	',{',
	'[',
	']',
	'"',
	'\\',
	"'",
	'}',
	'bad\xff\xfe',
	'c\u0001\u001b',
);
const hop = fc.record({
	gateway: fc.constantFrom('10.0.0.1', '10.0.0.2'),
	dev: oddName,
	weight: fc.integer({min: 1, max: 3}),
	flags: fc.constant([]),
});

const routeObject = fc
	.record({
		type: fc.constantFrom('unicast', 'unicast', 'unicast', 'blackhole'),
		dst: fc.integer({min: 0, max: 12}).map((number) => `10.${number}.0.0/16`),
		single: fc.record({gateway: fc.constantFrom('10.0.0.1', '10.0.0.2'), dev: oddName}),
		nexthops: fc.option(fc.array(hop, {minLength: 2, maxLength: 3}), {nil: undefined, freq: 4}),
		metric: fc.option(fc.integer({min: 0, max: 3}), {nil: undefined}),
		flags: fc.constantFrom([], [], [], ['linkdown'], ['cloned']),
	})
	.map(({type, dst, single, nexthops, metric, flags}) => ({
		type,
		dst,
		...(nexthops === undefined ? single : {}),
		protocol: 'boot',
		scope: 'global',
		...(metric === undefined ? {} : {metric}),
		flags,
		...(nexthops === undefined ? {} : {nexthops}),
	}));

/** Lists, each mostly equal to the one before, with some routes removed, added or changed. */
const listSequence = fc
	.tuple(
		fc.array(routeObject, {maxLength: 30}),
		fc.array(
			fc.array(fc.record({at: fc.nat(40), remove: fc.integer({min: 0, max: 3}), insert: fc.array(routeObject, {maxLength: 3})}), {
				maxLength: 3,
			}),
			{maxLength: 6},
		),
	)
	.map(([first, edits]) => {
		const lists = [first];
		for (const edit of edits) {
			const next = [...(lists.at(-1) ?? [])];
			for (const {at, remove, insert} of edit) next.splice(at % (next.length + 1), remove, ...insert);
			lists.push(next);
		}
		return lists;
	});

test('whatever routes follow each other, a dump parsed against the last one is the same as parsed from scratch', (t) => {
	fc.assert(
		fc.property(listSequence, (lists) => {
			let last: RouteDump | undefined;
			for (const list of lists) {
				const bytes = printed(list);
				last = parseRouteDump(bytes, 'inet', question, last);
				t.deepEqual(last.routes, fromScratch(bytes));
				t.is(last.bytes, bytes.equals(last.bytes) ? last.bytes : bytes);
			}
		}),
		{numRuns: 300},
	);
});

test('the same bytes give the same dump, and so the same list', (t) => {
	const last = parseRouteDump(printed([{type: 'unicast', dst: 'default', dev: 'v0'}]), 'inet', question);
	t.is(parseRouteDump(Buffer.from(last.bytes), 'inet', question, last), last);
});

const plain = (number: number, dev = 'v0') => ({
	type: 'unicast',
	dst: `10.${number}.0.0/16`,
	gateway: '10.0.0.1',
	dev,
	protocol: 'boot',
	scope: 'global',
	flags: [],
});

for (const [what, change] of [
	['one is added at the front', (list: object[]) => [plain(200), ...list]],
	['one is added at the end', (list: object[]) => [...list, plain(200)]],
	['one is added in the middle', (list: object[]) => list.toSpliced(10, 0, plain(200))],
	['one goes at the front', (list: object[]) => list.slice(1)],
	['one goes at the end', (list: object[]) => list.slice(0, -1)],
	['one goes in the middle', (list: object[]) => list.toSpliced(10, 1)],
	['one changes', (list: object[]) => list.toSpliced(10, 1, plain(10, 'v1'))],
	['two neighbours change places', (list: object[]) => list.toSpliced(10, 2, plain(11), plain(10))],
] as const) {
	// 400 routes are longer than one block of the comparison.
	for (const count of [20, 400])
		test(`of ${count} routes those that stay the same are the very same objects when ${what}`, (t) => {
			const before = Array.from({length: count}, (_, number) => plain(number));
			const last = parseRouteDump(printed(before), 'inet', question);
			const after = change([...before]);
			const next = parseRouteDump(printed(after), 'inet', question, last);
			t.deepEqual(next.routes, fromScratch(printed(after)));
			const kept = new Set(last.routes);
			const fresh = next.routes.filter((route) => !kept.has(route));
			// The one that changes, and at most the one beside it, whose bytes the change touches.
			t.true(fresh.length <= 3, `${fresh.length} are new objects`);
		});
}

test('cloned and cached routes are left out, and what stands beside them is still found', (t) => {
	const cloned = {type: 'unicast', dst: '10.99.0.1', dev: 'v0', flags: ['cloned']};
	const cache = {type: 'unicast', dst: '10.99.0.2', dev: 'v0', flags: [], cache: []};
	const list = Array.from({length: 12}, (_, number) => plain(number));
	const first = parseRouteDump(printed([...list, cloned, cache]), 'inet', question);
	t.is(first.routes.length, 12);
	const second = parseRouteDump(printed([cloned, ...list.slice(1), plain(50)]), 'inet', question, first);
	t.deepEqual(
		second.routes.map(({dst}) => dst),
		[...list.slice(1), plain(50)].map(({dst}) => dst),
	);
});

test('from a list of many to an empty one and back', (t) => {
	const list = Array.from({length: 20}, (_, number) => plain(number));
	const many = parseRouteDump(printed(list), 'inet', question);
	const none = parseRouteDump(printed([]), 'inet', question, many);
	t.deepEqual(none.routes, []);
	t.deepEqual(parseRouteDump(printed(list), 'inet', question, none).routes, many.routes);
});

test('an answer that is cut short throws, whatever the last one was', (t) => {
	const list = Array.from({length: 20}, (_, number) => plain(number, 'odd},{"type":"'));
	const whole = printed(list);
	const lasts = [undefined, list, list.slice(0, 10), [plain(99), ...list], [...list, plain(99)], []].map((objects) =>
		objects === undefined ? undefined : parseRouteDump(printed(objects), 'inet', question),
	);
	// The last byte is only the newline.
	for (let length = 0; length < whole.length - 1; length += 1) {
		for (const last of lasts) {
			t.throws(() => parseRouteDump(whole.subarray(0, length), 'inet', question, last), {name: 'ShapeError'}, `${length} bytes`);
		}
	}
});

test('whatever the last answer was, one that lacks any of its bytes at the end throws', (t) => {
	fc.assert(
		fc.property(listSequence, fc.nat(), (lists, cut) => {
			let last: RouteDump | undefined;
			for (const list of lists) {
				const bytes = printed(list);
				const length = cut % (bytes.length - 1);
				t.throws(() => parseRouteDump(bytes.subarray(0, length), 'inet', question, last), {name: 'ShapeError'});
				last = parseRouteDump(bytes, 'inet', question, last);
			}
		}),
		{numRuns: 200},
	);
});

test('an answer of which bytes in the middle are missing is never taken for a list that lacks routes', (t) => {
	const list = Array.from({length: 20}, (_, number) => plain(number));
	const whole = printed(list);
	const last = parseRouteDump(whole, 'inet', question);
	const first = whole.indexOf('{"type":"', 200);
	// What is left is no list of complete routes, unless exactly whole routes are missing.
	for (let from = first - 3; from < first + 130; from += 1) {
		for (const length of [1, 7, 40]) {
			const bytes = Buffer.concat([whole.subarray(0, from), whole.subarray(from + length)]);
			let scratch: readonly Route[] | undefined;
			try {
				scratch = fromScratch(bytes);
			} catch {
				scratch = undefined;
			}
			if (scratch === undefined) t.throws(() => parseRouteDump(bytes, 'inet', question, last), {name: 'ShapeError'});
			else t.deepEqual(parseRouteDump(bytes, 'inet', question, last).routes, scratch);
		}
	}
});

test('the captures of all releases, parsed one against the other in any order, are what they are from scratch', (t) => {
	const dumps = usableReleases.flatMap((release) =>
		['routes-after.json', 'routes-after-without-d.json'].map((file) => capture(release, file)),
	);
	for (const before of dumps) {
		const last = parseRouteDump(before, 'inet', question);
		for (const bytes of dumps) t.deepEqual(parseRouteDump(bytes, 'inet', question, last).routes, fromScratch(bytes));
	}
});
