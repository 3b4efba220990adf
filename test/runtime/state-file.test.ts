import {existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import fc from 'fast-check';
import {resumeState} from '../../src/diff/announce.js';
import type {SandboxState} from '../../src/model/state.js';
import type {Step} from '../../src/model/step.js';
import {StateFile} from '../../src/runtime/state-file.js';
import {RecordingLog} from '../helpers/recording-log.js';
import {makeRecord, told} from '../helpers/records.js';
import {scratchSandbox} from '../helpers/sandbox.js';

const identity = {netns: '4:4026531840', boot: 'b00t'};

const state: SandboxState = {
	announced: {
		interfaces: [
			told(4),
			told(5, {
				standing: 'withdrawn',
				record: makeRecord(5, {name: 'bad\udcff"\\', addresses: [{family: 10, address: 'fd00::1', mask: '64'}]}),
			}),
			told(6, {standing: 'unsure', incarnation: 3}),
		],
		routes: 'fingerprint',
		routesOwed: true,
	},
	links: [
		{ifindex: 4, incarnation: 0, hwaddr: '02:00:00:00:00:04', kind: 'veth', sinceStart: true},
		{ifindex: 5, incarnation: 0, hwaddr: '', kind: 'device', sinceStart: false},
	],
	serial: 17,
};

const addStep: Step = {op: 'add-iface', identity: {ifindex: 7, incarnation: 9}, record: makeRecord(7)};

function open(t: ExecutionContext) {
	const directory = scratchSandbox(t);
	const log = new RecordingLog();
	const start = (from = identity) => new StateFile(directory, from, log);
	return {directory, log, start};
}

/** What a start does if it finds no other netmon. */
function loadOf(file: StateFile): SandboxState | undefined {
	const kept = file.load();
	file.settle();
	return kept && resumeState(kept);
}

test('if nothing was saved, nothing is loaded and nothing is logged', (t) => {
	const {log, start, directory} = open(t);
	t.is(loadOf(start()), undefined);
	t.deepEqual(log.lines, []);
	t.deepEqual(readdirSync(directory.path), []);
});

test('what was saved is loaded, names that are not UTF-8 too', (t) => {
	const {start, log} = open(t);
	start().save(state);
	t.deepEqual(loadOf(start()), state);
	t.deepEqual(log.lines, []);
});

test('routes that are not known stay unknown', (t) => {
	const {start} = open(t);
	const unknown = {...state, announced: {...state.announced, routes: undefined}};
	start().save(unknown);
	t.deepEqual(loadOf(start()), unknown);
});

test('files have mode 640, and no other name is left beside them', (t) => {
	const {start, directory} = open(t);
	const file = start();
	file.save(state);
	file.begin(addStep);
	t.deepEqual(readdirSync(directory.path).toSorted(), ['announced.json', 'call.json']);
	for (const path of [directory.announcedFile, directory.intentFile]) t.is((statSync(path).mode & 0o777).toString(8), '640');
});

test('a call whose end was not saved makes its interface unsure: an add', (t) => {
	const {start, log} = open(t);
	const file = start();
	file.save(state);
	file.begin(addStep);
	t.deepEqual(loadOf(start())?.announced.interfaces, [...state.announced.interfaces, told(7, {incarnation: 9, standing: 'unsure'})]);
	t.deepEqual(log.messages, ['an earlier netmon ended during a call, whose outcome is unknown']);
});

test('looks are counted from above the incarnation in an unfinished call, or the next link would be taken for its interface', (t) => {
	const {start} = open(t);
	const file = start();
	file.save({...state, serial: 8});
	file.begin(addStep);
	t.is(loadOf(start())?.serial, 9);
	file.save({...state, serial: 20});
	file.begin(addStep);
	t.is(loadOf(start())?.serial, 20);
});

test('a call whose end was not saved makes its interface unsure: a delete, and all that share its address', (t) => {
	const {start} = open(t);
	const file = start();
	const shared = told(8, {record: makeRecord(8, {hwaddr: makeRecord(4).hwaddr})});
	file.save({...state, announced: {...state.announced, interfaces: [told(4), told(5), shared]}});
	file.begin({op: 'del-iface', entry: told(4)});
	t.deepEqual(
		loadOf(start())?.announced.interfaces.map(({ifindex, standing}) => `${ifindex} ${standing}`),
		['4 unsure', '5 told', '8 unsure'],
	);
});

test('a call whose end was not saved makes the routes unknown', (t) => {
	const {start} = open(t);
	const file = start();
	file.save(state);
	file.begin({op: 'update-routes'});
	t.deepEqual(loadOf(start()), {...state, announced: {...state.announced, routes: undefined}});
});

test('a call whose end was saved is settled, even if its file outlived it', (t) => {
	const {start, directory} = open(t);
	const file = start();
	file.save(state);
	file.begin(addStep);
	const left = readFileSync(directory.intentFile);
	file.save(state);
	t.false(existsSync(directory.intentFile));
	// As if netmon had been killed between the two writes of save().
	writeFileSync(directory.intentFile, left);
	t.deepEqual(loadOf(start()), state);
});

test('calls continue their count after a restart: the first one is not taken for a settled one', (t) => {
	const {start} = open(t);
	const first = start();
	first.save(state);
	for (let count = 0; count < 5; count += 1) {
		first.begin(addStep);
		first.save(state);
	}
	const second = start();
	second.load();
	second.begin(addStep);
	t.is(loadOf(start())?.announced.interfaces.length, 4);
	const third = start();
	third.load();
	third.begin({op: 'update-routes'});
	t.is(loadOf(start())?.announced.routes, undefined, 'a call after one whose end was not known');
});

for (const [what, from] of [
	['another boot', {...identity, boot: 'other'}],
	['another namespace', {...identity, netns: '4:1'}],
] as const) {
	test(`a state of ${what} is set aside and logged, and so is its call`, (t) => {
		const {start, directory, log} = open(t);
		const file = start();
		file.save(state);
		file.begin(addStep);
		t.is(loadOf(start(from)), undefined);
		t.deepEqual(readdirSync(directory.path).toSorted(), ['announced.json.set-aside', 'call.json.set-aside']);
		t.is(log.lines[0]?.level, 'warn');
		t.regex(JSON.stringify(log.lines[0]?.fields), new RegExp(what));
		t.is(loadOf(start()), undefined, 'what is set aside is not taken up again');
	});
}

for (const [what, content] of [
	['empty', ''],
	['cut short', JSON.stringify({format: 1, ...identity}).slice(0, 20)],
	['no JSON', 'hello'],
	['a list', '[]'],
	['null', 'null'],
	[
		'of a newer format',
		JSON.stringify({format: 2, ...identity, calls: 0, serial: 0, announced: {interfaces: [], routesOwed: false}, links: []}),
	],
	['without what was announced', JSON.stringify({format: 1, ...identity, calls: 0, serial: 0})],
	[
		'with an unknown standing',
		JSON.stringify({
			format: 1,
			...identity,
			calls: 0,
			serial: 0,
			links: [],
			announced: {routesOwed: false, interfaces: [{...told(4), standing: 'x'}]},
		}),
	],
	[
		'with an unknown family',
		JSON.stringify({
			format: 1,
			...identity,
			calls: 0,
			serial: 0,
			links: [],
			announced: {
				routesOwed: false,
				interfaces: [told(4, {record: makeRecord(4, {addresses: [Object.assign({family: 3}, {address: '', mask: ''}) as never]})})],
			},
		}),
	],
] as const) {
	test(`a state that is ${what} is set aside, and the start is a fresh one`, (t) => {
		const {start, directory, log} = open(t);
		writeFileSync(directory.announcedFile, content);
		t.is(loadOf(start()), undefined);
		t.true(existsSync(`${directory.announcedFile}.set-aside`));
		t.is(readFileSync(`${directory.announcedFile}.set-aside`, 'utf8'), content, 'kept for who wants to know');
		t.deepEqual(log.messages, ['state is set aside, the start is a fresh one']);
	});
}

test('a damaged call beside a good state: nothing is claimed that the call may have changed', (t) => {
	const {start, directory} = open(t);
	start().save(state);
	for (const content of ['', '{', '[]', '{"calls":99}', '{"calls":99,"step":{"op":"nonsense","ifindex":1,"incarnation":1,"record":{}}}']) {
		writeFileSync(directory.intentFile, content);
		const loaded = loadOf(start());
		// Either everything is set aside, or nothing that was told is still claimed.
		t.is(loaded, undefined, content);
		start().save(state);
	}
});

test('a call without a state is set aside, because its interface is unknown', (t) => {
	const {start, directory, log} = open(t);
	start().begin(addStep);
	t.is(loadOf(start()), undefined);
	t.deepEqual(readdirSync(directory.path), ['call.json.set-aside']);
	t.is(log.lines.length, 1);
});

test('the directory is made again where somebody has removed it', (t) => {
	const {start, directory} = open(t);
	const file = start();
	file.save(state);
	rmSync(directory.path, {recursive: true});
	file.begin(addStep);
	rmSync(directory.path, {recursive: true});
	file.save(state);
	t.deepEqual(loadOf(start()), state);
});

test('a state that cannot be written throws, and the last one stands whole', (t) => {
	const {start, directory} = open(t);
	const file = start();
	file.save(state);
	mkdirSync(`${directory.announcedFile}.new`);
	mkdirSync(`${directory.intentFile}.new`);
	t.throws(() => file.save({...state, serial: 99}));
	t.throws(() => file.begin(addStep));
	t.deepEqual(loadOf(start()), state);
});

test('after a call that could not be recorded the next one is still counted right', (t) => {
	const {start, directory} = open(t);
	const file = start();
	file.save(state);
	mkdirSync(`${directory.intentFile}.new`);
	t.throws(() => file.begin(addStep));
	rmSync(`${directory.intentFile}.new`, {recursive: true});
	file.begin({op: 'update-routes'});
	t.is(loadOf(start())?.announced.routes, undefined);
});

test('a symbolic link in the place of a file is replaced, never followed', (t) => {
	const {start, directory} = open(t);
	const target = join(directory.path, 'target');
	writeFileSync(target, 'untouched');
	for (const path of [directory.announcedFile, `${directory.announcedFile}.new`]) symlinkSync(target, path);
	start().save(state);
	t.is(readFileSync(target, 'utf8'), 'untouched');
	t.true(lstatSync(directory.announcedFile).isFile());
	t.deepEqual(loadOf(start()), state);
});

test('a directory in the place of the state is an error of the file system or set aside, never a state', (t) => {
	const {start, directory} = open(t);
	mkdirSync(directory.announcedFile);
	t.is(loadOf(start()), undefined);
});

test('whatever the files hold, loading does not throw, and claims only what was written', (t) => {
	const {start, directory} = open(t);
	const good = (() => {
		const file = start();
		file.save(state);
		file.begin(addStep);
		return {announced: readFileSync(directory.announcedFile), intent: readFileSync(directory.intentFile)};
	})();
	const damaged = (bytes: Buffer) =>
		fc.oneof(
			fc.nat(bytes.length - 1).map((length) => bytes.subarray(0, length)),
			fc.tuple(fc.nat(bytes.length - 1), fc.integer({min: 0, max: 255})).map(([at, byte]) => Buffer.from(bytes).fill(byte, at, at + 1)),
			fc
				.tuple(fc.nat(bytes.length - 1), fc.nat(40))
				.map(([at, length]) => Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + length)])),
			fc.json().map((text) => Buffer.from(text)),
			fc.uint8Array({maxLength: 60}).map((list) => Buffer.from(list)),
			fc.constant(bytes),
		);
	fc.assert(
		fc.property(damaged(good.announced), fc.option(damaged(good.intent), {nil: undefined}), (announced, intent) => {
			for (const name of readdirSync(directory.path)) rmSync(join(directory.path, name), {recursive: true});
			writeFileSync(directory.announcedFile, announced);
			if (intent !== undefined) writeFileSync(directory.intentFile, intent);
			const loaded = loadOf(start());
			if (loaded === undefined) {
				t.false(existsSync(directory.announcedFile), 'set aside');
				return;
			}
			// One byte may have become another valid one, but a whole interface cannot appear from nothing.
			t.true(loaded.announced.interfaces.length <= 4);
			if (announced.equals(good.announced) && intent?.equals(good.intent)) {
				t.is(loaded.announced.interfaces.at(-1)?.standing, 'unsure');
			}
			t.true(announced.equals(good.announced) || isJson(announced), 'half a file was taken for a state');
		}),
		{numRuns: 500},
	);
});

function isJson(bytes: Buffer): boolean {
	try {
		JSON.parse(bytes.toString('utf8'));
		return true;
	} catch {
		return false;
	}
}
