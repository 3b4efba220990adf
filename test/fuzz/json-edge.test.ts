import assert from 'node:assert/strict';
import test from 'ava';
import fc from 'fast-check';
import {SnapshotError} from '../../src/model/errors.js';
import {AnswerBuffer} from '../../src/probe/ask/answer-buffer.js';
import type {Dump} from '../../src/probe/read/dump.js';
import {fixIpJson} from '../../src/probe/read/ip-json.js';
import {SnapshotReader} from '../../src/probe/read/snapshot.js';
import {AnsweringQueries, QuestionedQueries} from '../helpers/answering-queries.js';
import {capture, usableReleases} from '../helpers/captures.js';
import {damage, damaged, inPieces, places} from './damage.js';

const questions = {
	links: {
		read: (reader: SnapshotReader) => reader.readLinks(),
		files: ['addr-before.json', 'addr-after.json', 'addr-after-without-d.json'],
	},
	link: {read: async (reader: SnapshotReader) => (await reader.readLink('v0')) ?? nothing, files: ['addr-before.json', 'addr-after.json']},
	routes: {read: (reader: SnapshotReader) => reader.readRoutes('inet'), files: ['routes-after.json', 'routes-after-without-d.json']},
	routes6: {read: (reader: SnapshotReader) => reader.readRoutes('inet6'), files: ['routes6-after.json']},
} as const;
const nothing: Dump<never> = {entries: [], complete: false};
const names = ['links', 'link', 'routes', 'routes6'] as const;

const captured = fc.constantFrom(...names).chain((name) =>
	fc.record({
		name: fc.constant(name),
		whole: fc.constantFrom(...usableReleases.flatMap((release) => questions[name].files.map((file) => capture(release, file)))),
	}),
);

/** The number of entries in the text, by JSON.parse alone; undefined if it is no list of objects. */
function countOf(bytes: Buffer): number | undefined {
	try {
		const latin1 = bytes.toString('latin1');
		const parsed: unknown = JSON.parse(isJson(latin1) ? latin1 : fixIpJson(latin1));
		if (!Array.isArray(parsed)) return undefined;
		return parsed.filter((entry) => Object.keys(entry).length > 0).length;
	} catch {
		return undefined;
	}
}

function isJson(text: string): boolean {
	try {
		JSON.parse(text);
		return true;
	} catch {
		return false;
	}
}

/** The entries that the reader gets from an answer; undefined if it refuses the answer, or reports unreadable parts. */
async function entriesOf(reader: SnapshotReader, name: (typeof names)[number]): Promise<readonly object[] | undefined> {
	try {
		const {entries, unread, undetailed}: Dump<object> = await questions[name].read(reader);
		return unread === undefined && undetailed === undefined ? entries : undefined;
	} catch (error) {
		if (error instanceof SnapshotError) return undefined;
		throw error;
	}
}

test('a damaged answer is refused, or something in it is said to be unreadable, or it is whole JSON of which nothing is left out', async (t) => {
	let refused = 0;
	await fc.assert(
		fc.asyncProperty(captured, damage, async ({name, whole}, how) => {
			const answer = damaged(whole, how);
			const entries = await entriesOf(new SnapshotReader(new AnsweringQueries(answer)), name);
			if (entries === undefined) refused += 1;
			// The captures have no cloned or cached routes, so every entry of the JSON is in the list.
			else
				assert.ok(
					entries.length === countOf(answer) || /cloned|cache/.test(answer.toString('latin1')),
					`${entries.length} of ${countOf(answer)}`,
				);
		}),
		{numRuns: 1500},
	);
	t.true(refused > 500, `${refused} were refused`);
});

test('a damaged answer does not affect later ones: each is read as if it were the first', async (t) => {
	await fc.assert(
		fc.asyncProperty(captured, fc.array(fc.option(damage), {minLength: 2, maxLength: 6}), async ({name, whole}, hows) => {
			const answers = hows.map((how) => (how === null ? whole : damaged(whole, how)));
			let said = whole;
			const reader = new SnapshotReader(new QuestionedQueries(() => said));
			for (const answer of answers) {
				said = answer;
				const entries = await entriesOf(reader, name);
				assert.deepEqual(entries, await entriesOf(new SnapshotReader(new AnsweringQueries(answer)), name));
			}
		}),
		{numRuns: 300},
	);
	t.pass();
});

/** Where the braces of each object in a list begin and end. */
function insides(whole: Buffer): {from: number; to: number}[] {
	const found: {from: number; to: number}[] = [];
	let depth = 0;
	let from = 0;
	const latin1 = fixIpJson(whole.toString('latin1'));
	const masked = latin1.replace(/"(?:[^"\\]|\\.)*"/g, (string) => '"'.repeat(string.length));
	for (let at = 0; at < masked.length; at += 1) {
		if (masked[at] === '{' && depth++ === 0) from = at + 1;
		if (masked[at] === '}' && --depth === 0) found.push({from, to: at});
	}
	return found;
}

test('any damage between the braces of one link or route of a dump leaves all others as they are', async (t) => {
	const place = fc.double({min: 0, max: 0.999, noNaN: true});
	await fc.assert(
		fc.asyncProperty(captured, place, damage, async ({name, whole}, share, how) => {
			const latin1 = fixIpJson(whole.toString('latin1'));
			const objects = insides(whole);
			const hit = objects[Math.floor(share * objects.length)];
			if (hit === undefined) return;
			const inside = damaged(Buffer.from(latin1.slice(hit.from, hit.to), 'latin1'), how).toString('latin1');
			const answer = Buffer.from(latin1.slice(0, hit.from) + inside + latin1.slice(hit.to), 'latin1');
			const before = await entriesOf(new SnapshotReader(new AnsweringQueries(whole)), name);
			const dump: Dump<object> = await questions[name].read(new SnapshotReader(new AnsweringQueries(answer))).catch((error: unknown) => {
				// A dump that lost its loopback, or its only route, may be refused as a whole.
				if (error instanceof SnapshotError && (objects.length <= 2 || /no loopback/.test(error.message))) return nothing;
				throw error;
			});
			if (dump === nothing) return;
			const texts = new Set(dump.entries.map((entry) => JSON.stringify(entry)));
			const lost = before?.filter((entry) => !texts.has(JSON.stringify(entry))) ?? [];
			assert.ok(lost.length <= 1, `${lost.length} lost: ${JSON.stringify(lost)}`);
		}),
		{numRuns: 500},
	);
	t.pass();
});

test('JSON of any shape is refused or read, and never makes anything else throw', async (t) => {
	const key = fc.constantFrom(
		...['ifindex', 'ifname', 'flags', 'mtu', 'operstate', 'address', 'linkinfo', 'info_kind', 'info_data', 'type', 'master', 'addr_info'],
		...[
			'family',
			'local',
			'prefixlen',
			'scope',
			'dst',
			'gateway',
			'via',
			'host',
			'dev',
			'prefsrc',
			'protocol',
			'metric',
			'nexthops',
			'weight',
		],
		...['encap', 'tos', 'from', 'cache', '__proto__', 'constructor', 'toString'],
	);
	const {entries} = fc.letrec<{value: unknown; entries: unknown[]}>((tie) => ({
		value: fc.oneof(
			{maxDepth: 4},
			fc.constantFrom<unknown>(
				null,
				true,
				0,
				1,
				-1,
				1.5,
				2 ** 53,
				'inet',
				'inet6',
				'default',
				'10.0.0.0/8',
				'fe80::1',
				'tun',
				'tap',
				'',
				'::ffff:1.2.3.4',
			),
			fc.string(),
			fc.dictionary(key, tie('value'), {maxKeys: 6}),
			fc.array(tie('value'), {maxLength: 3}),
		),
		entries: fc.array(fc.dictionary(key, tie('value'), {maxKeys: 12}), {maxLength: 4}),
	}));
	await fc.assert(
		fc.asyncProperty(fc.constantFrom(...names), fc.oneof(entries, fc.jsonValue()), async (name, value) => {
			const read = await entriesOf(new SnapshotReader(new AnsweringQueries(Buffer.from(JSON.stringify(value), 'latin1'))), name);
			assert.ok(read === undefined || Array.isArray(value));
		}),
		{numRuns: 2000},
	);
	t.pass();
});

test('what ip says on stderr decides, whatever it has printed: a failure and a part are no picture', async (t) => {
	const complaint = fc.constantFrom(
		'Dump terminated',
		'Message truncated',
		'Buffer too small',
		'EOF on netlink',
		'netlink receive error No buffer space available (105)',
	);
	await fc.assert(
		fc.asyncProperty(captured, complaint, fc.boolean(), async ({name, whole}, stderr, ok) => {
			assert.equal(await entriesOf(new SnapshotReader(new AnsweringQueries({ok, stdout: whole, stderr})), name), undefined);
		}),
		{numRuns: 100},
	);
	t.pass();
});

/** Time of the processor, which others do not use up: far more than it takes, and far less than quadratic time would take. */
const mostMs = 15_000;

for (const [what, text] of [
	['open brackets', '['.repeat(300_000)],
	['open objects', '[{"a":'.repeat(100_000)],
	['open strings', '["'.repeat(200_000)],
	['backslashes', `["${'\\'.repeat(500_001)}"]`],
	['quotes', '"'.repeat(500_001)],
	['apostrophes that are escaped', `["${"\\'".repeat(200_000)}`],
	['control characters', `["${'\x01'.repeat(500_000)}`],
	['encapsulations', `[${'{"encap":"ip","id":1,'.repeat(50_000)}`],
	['encapsulated destinations', `[{"encap":"ip"${',"dst":"x"'.repeat(100_000)}`],
] as const) {
	test.serial(`an answer of nothing but ${what} is refused, and soon`, async (t) => {
		const begun = process.cpuUsage();
		for (const name of names) t.is(await entriesOf(new SnapshotReader(new AnsweringQueries(text)), name), undefined);
		const {user, system} = process.cpuUsage(begun);
		const tookMs = (user + system) / 1000;
		t.true(tookMs < mostMs, `${tookMs} ms`);
	});
}

test('an answer buffer gives back the lines that went in, however they came in pieces', (t) => {
	fc.assert(
		fc.property(fc.array(fc.uint8Array({maxLength: 300}), {maxLength: 20}), places, fc.integer({min: 1, max: 3}), (list, where, times) => {
			const stream = Buffer.concat(list.flatMap((line) => [...Array(times).keys()].map(() => Buffer.from([...line, 10]))));
			const buffer = new AnswerBuffer();
			const out: Buffer[] = [];
			for (const piece of inPieces(stream, where)) {
				buffer.push(piece);
				for (let end = buffer.endOfLine; end !== undefined; end = buffer.endOfLine) {
					out.push(Buffer.from(buffer.view(end)));
					buffer.drop(end);
				}
			}
			assert.deepEqual(Buffer.concat(out), stream);
			assert.equal(buffer.length, 0);
			assert.ok(out.every((line) => line.indexOf(10) === line.length - 1));
		}),
		{numRuns: 300},
	);
	t.pass();
});
