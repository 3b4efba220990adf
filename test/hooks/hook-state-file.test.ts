import {existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {basename, join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import fc from 'fast-check';
import {everythingIn} from '../../src/diff/absorb.js';
import {firstTable} from '../../src/diff/first-table.js';
import {Subjects} from '../../src/diff/subjects.js';
import {HookStateFile} from '../../src/hooks/hook-state-file.js';
import {StateDirectoryError} from '../../src/model/errors.js';
import type {HookMemory} from '../../src/model/hook.js';
import {capturedLinks, capturedRoutes} from '../helpers/captures.js';
import {RecordingLog} from '../helpers/recording-log.js';
import {inet, inet6, makeLink, makeRoute} from '../helpers/records.js';

const identity = {netns: '4:4026531840', instance: '17', boot: 'b'};

function makeFile(t: ExecutionContext) {
	const folder = mkdtempSync(join(tmpdir(), 'netmon-test-'));
	t.teardown(() => rmSync(folder, {recursive: true}));
	const path = join(folder, 'state');
	const log = new RecordingLog();
	return {folder, path, log, open: (own = identity) => new HookStateFile(path, own, log)};
}

const memory: HookMemory = {
	told: new Map([
		['interface 4', {kind: 'interface', incarnation: 3, link: makeLink(4, {ifname: 'a\udc80', altnames: ['x'], ifalias: 'y'})}],
		[
			'address 4 inet6 fd00::2/64 ',
			{kind: 'address', incarnation: 3, ifindex: 4, ifname: 'v4', address: {...inet6('fd00::2'), deprecated: true}},
		],
		[
			'route x',
			{
				kind: 'route',
				routes: [makeRoute('default', {via: {family: 'inet6', host: 'fe80::1'}, metrics: [{mtu: 1400}]}), makeRoute('default')],
			},
		],
	]),
	tried: new Map([
		['address 5', {kind: 'address', incarnation: 0, ifindex: 5, ifname: 'v5', address: {...inet('10.0.0.1'), label: 'v5:1'}}],
		['route y', undefined],
	]),
	found: new Set(['interface 9']),
};

test('what was saved is read again, mode 0640, with no other file left', (t) => {
	const {path, open, log} = makeFile(t);
	t.is(open().load(), undefined);
	open().save(memory);
	t.deepEqual(open().load(), memory);
	t.is(statSync(path).mode & 0o777, 0o640);
	t.false(existsSync(`${path}.new`));
	t.deepEqual(log.lines, []);
});

for (const release of ['5.5.0', '6.12.0', '7.1.0']) {
	test(`everything that ip ${release} shows comes back as it was`, (t) => {
		const {open} = makeFile(t);
		const picture = {
			table: firstTable(capturedLinks(release, 'addr-after.json'), 0),
			routes: new Map([
				['inet', capturedRoutes(release, 'routes-after.json')],
				['inet6', capturedRoutes(release, 'routes6-after.json')],
			] as const),
		};
		const subjects = new Subjects();
		subjects.take(picture, everythingIn(picture));
		t.true(subjects.all.size > 20);
		open().save({told: subjects.all, tried: new Map(), found: new Set()});
		t.deepEqual(open().load()?.told, subjects.all);
	});
}

for (const [what, own] of [
	['another boot', {...identity, boot: 'c'}],
	['another namespace', {...identity, netns: '4:1'}],
	['another namespace with the same inode number', {...identity, instance: '18'}],
] as const) {
	test(`story 31: a state of ${what} is set aside and logged`, (t) => {
		const {path, open, log} = makeFile(t);
		open(own).save(memory);
		t.is(open().load(), undefined);
		t.true(existsSync(`${path}.set-aside`));
		t.false(existsSync(path));
		t.deepEqual(
			log.lines.map(({level, message}) => [level, message]),
			[['warn', 'state is set aside, the start is a fresh one']],
		);
	});
}

test('a state of another format is set aside', (t) => {
	const {path, open} = makeFile(t);
	open().save(memory);
	writeFileSync(path, readFileSync(path, 'utf8').replace('"format":1', '"format":2'));
	t.is(open().load(), undefined);
	t.true(existsSync(`${path}.set-aside`));
});

test('a damaged state never throws and never counts as a whole one', async (t) => {
	const {path, open} = makeFile(t);
	open().save(memory);
	const text = readFileSync(path, 'utf8');
	await fc.assert(
		fc.property(fc.nat(text.length - 1), fc.string({maxLength: 5}), fc.nat(10), (at, put, cut) => {
			writeFileSync(path, text.slice(0, at) + put + text.slice(at + cut));
			open().load();
		}),
		{numRuns: 200},
	);
	t.pass();
});

test('story 36: a link in the place of the state is set aside, and not followed', (t) => {
	const {folder, path, open} = makeFile(t);
	writeFileSync(join(folder, 'other'), 'precious');
	symlinkSync(join(folder, 'other'), path);
	t.is(open().load(), undefined);
	open().save(memory);
	t.is(readFileSync(join(folder, 'other'), 'utf8'), 'precious');
	t.deepEqual(open().load(), memory);
});

test('a directory in the place of the state is an error at once, and stays as it is', (t) => {
	const {folder, path, open} = makeFile(t);
	mkdirSync(path);
	writeFileSync(join(path, 'precious'), '');
	t.throws(open, {instanceOf: StateDirectoryError, message: /it is a directory$/});
	t.deepEqual(readdirSync(folder), [basename(path)]);
	t.deepEqual(readdirSync(path), ['precious']);
});

test('a directory that is not there is an error at once', (t) => {
	const {folder, log} = makeFile(t);
	t.throws(() => new HookStateFile(join(folder, 'no/state'), identity, log), {instanceOf: StateDirectoryError});
});
