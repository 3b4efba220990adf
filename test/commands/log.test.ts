import {spawn} from 'node:child_process';
import {appendFileSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {openJournal} from '../../src/app/journal.js';
import {parseEventLine} from '../../src/journal/event-line.js';
import {type FoldedPicture, NamespaceFold} from '../../src/journal/fold.js';
import {picturesAt} from '../../src/journal/moment.js';
import {listSegments} from '../../src/journal/segment.js';
import {type Event, eventVersion} from '../../src/model/event.js';
import {silentLog} from '../../src/model/log.js';
import {checkWhyOptions} from '../../src/options/inside-options.js';
import {checkLogOptions} from '../../src/options/log-options.js';
import {noon, numbered, scratch, writeSegment} from '../helpers/journals.js';
import {linkStatesSet} from '../helpers/link-states.js';
import {makeNamespace, namespaceTest, type TestNamespace} from '../helpers/namespace.js';
import {programCommand, Running, runToEnd, testIp} from '../helpers/netmon.js';
import {makeRoute} from '../helpers/records.js';
import {eventsIn} from '../helpers/schemas.js';
import {vethPair} from '../helpers/story.js';
import {waitFor} from '../helpers/wait.js';

/** Starts a watch with a journal, and waits until it has reported what is there. */
async function watchInto(t: ExecutionContext<unknown>, namespace: TestNamespace, journal: string): Promise<Running> {
	const [file, rest] = programCommand('netmon', ['watch', '--json', '--journal', journal]);
	const netmon = new Running(namespace.command(file, rest), testIp);
	t.teardown(() => void netmon.child.kill('SIGKILL'));
	await waitFor('what is there', () => netmon.stdout.includes('"event":"ready"'));
	return netmon;
}

const log = (journal: string, ...args: readonly string[]) => runToEnd(programCommand('netmon', ['log', '--journal', journal, ...args]));
/** What the journal of one namespace has. On a busy machine the thread that writes it may be later than the output. */
const onlyPicture = (journal: string): FoldedPicture | undefined => [...picturesAt(journal, Date.now()).pictures.values()][0];

/** Without the time, and without the date that stands above what happened before midnight. */
const told = (stdout: string) =>
	stdout
		.split('\n')
		.slice(0, -1)
		.filter((line) => !/^[\d-]+$/.test(line))
		.map((line) => line.replace(/^\S+ /, '').replaceAll(/(\S) {2,}/g, '$1 '));

namespaceTest(
	'deckhouse#2270: log says what happened to the default route, under the interface that took it, while the journal is written',
	async (t, namespace) => {
		const journal = join(scratch(t), 'journal');
		namespace.batch([...vethPair('eth0', '10.0.0.2/24'), 'route add default via 10.0.0.1']);
		await linkStatesSet(namespace);
		const netmon = await watchInto(t, namespace, journal);
		namespace.ip('link set eth0 mtu 1400');
		await waitFor('the mtu', () => netmon.stdout.includes('"after":1400'));
		namespace.ip('link set eth0 down');
		await waitFor('the loss', () => /"route-removed".*"default"/.test(netmon.stdout));
		await waitFor('it in the journal', () => onlyPicture(journal)?.routes.length === 0);
		const {code, stdout, stderr} = await log(journal, '--route', 'default', '--since', '-1h');
		t.deepEqual([code, stderr], [0, '']);
		t.deepEqual(told(stdout), [
			'  route default via 10.0.0.1 dev eth0',
			'  ready 3 interfaces, 2 routes',
			'~ eth0 down',
			'  - route default via 10.0.0.1 dev eth0 (eth0 went down)',
		]);
		t.is(await netmon.stop(), 0);
		const {stdout: json} = await log(journal, '--json', '--address', '10.0.0.2');
		t.deepEqual(
			eventsIn(json).map(({event}) => event),
			['address-found', 'route-found', 'route-found', 'ready', 'route-removed', 'route-removed'],
		);
	},
);

namespaceTest('--follow goes on with what happens until its reader goes or a signal comes', async (t, namespace) => {
	const journal = join(scratch(t), 'journal');
	const netmon = await watchInto(t, namespace, journal);
	const following = new Running(programCommand('netmon', ['log', '--journal', journal, '--follow', '--only', 'route']));
	t.teardown(() => void following.child.kill('SIGKILL'));
	await waitFor('the beginning', () => following.stdout.includes('ready'));
	namespace.ip('route add 10.9.0.0/16 dev lo');
	await waitFor('the route', () => following.stdout.includes('+ route  10.9.0.0/16'));
	t.is(await following.stop(), 0);
	t.is(await netmon.stop(), 0);
});

test('story 40: --follow > /dev/full is one line and exit code 2', async (t) => {
	const directory = scratch(t);
	writeSegment(directory, noon, 1, numbered([{event: 'loss', reason: 'x'}]));
	const [file, rest] = programCommand('netmon', ['log', '--journal', directory, '--follow']);
	const following = new Running(['sh', ['-c', 'exec "$@" >/dev/full', 'sh', file, ...rest]]);
	t.teardown(() => void following.child.kill('SIGKILL'));
	await waitFor('its end', () => following.child.exitCode !== null);
	t.is(await following.exited, 2);
	t.is(following.stderr, 'Error: cannot write the output: no space left on device\n');
});

test('story 17: what a stalled reader of --follow --json has cost is an event, with the number of events', async (t) => {
	const directory = scratch(t);
	const lines = numbered(Array.from({length: 12}, () => ({event: 'loss', reason: 'x'.repeat(1_000_000)}) as const));
	writeSegment(directory, noon, 1, lines.slice(0, 10));
	const [file, args] = programCommand('netmon', ['log', '--journal', directory, '--follow', '--json']);
	const child = spawn(file, args, {stdio: ['ignore', 'pipe', 'inherit']});
	t.teardown(() => child.kill('SIGKILL'));
	// It has begun to write the first ten, which are more than may wait.
	await new Promise((resolve) => child.stdout.once('readable', resolve));
	for (const line of lines.slice(10).map((event) => `${JSON.stringify(event)}\n`)) {
		const before = bytesReadBy(child.pid);
		appendFileSync(listSegments(directory)[0]?.path ?? '', line);
		await waitFor('the line to be read', () => bytesReadBy(child.pid) >= before + line.length);
	}
	let stdout = '';
	child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
	await waitFor('the last line', () => /"dropped".*\n$/.test(stdout.slice(-200)));
	const events = eventsIn(stdout);
	t.is(events.length, 11);
	t.like(events.at(-1), {event: 'dropped', seq: 12, count: 2});
});

/** By read(2), from whatever file (proc(5)). */
function bytesReadBy(pid: number | undefined): number {
	return Number(/^rchar: (\d+)/m.exec(readFileSync(`/proc/${pid}/io`, 'latin1'))?.[1]);
}

test('--follow shows each event once over the ends of segments', async (t) => {
	const directory = join(scratch(t), 'journal');
	const journal = openJournal({directory, sizeBytes: 8 * 30_000, ageMs: 86_400_000}, {}, silentLog);
	const following = new Running(programCommand('netmon', ['log', '--journal', directory, '--follow', '--json', '--only', 'route']));
	t.teardown(() => void following.child.kill('SIGKILL'));
	const count = 400;
	for (let seq = 1; seq <= count; seq += 1) {
		const route = makeRoute(`10.0.${(seq + 1) >> 1}.0/24`);
		const event = seq % 2 === 1 ? 'route-added' : 'route-removed';
		journal.take({v: eventVersion, time: new Date().toISOString(), seq, event, route, cause: 'event'});
		if (seq % 100 !== 0) continue;
		await waitFor(`event ${seq}`, () => following.stdout.includes(`"seq":${seq},`));
	}
	t.true(listSegments(directory).some(({number}) => number > 2));
	t.deepEqual(
		eventsIn(following.stdout).map(({seq}) => seq),
		Array.from({length: count}, (_, index) => index + 1),
	);
	t.is(await following.stop(), 0);
	await journal.flush(1000);
});

namespaceTest('a journal of several namespaces is read for each of them, and a second watch may not write it', async (t, namespace) => {
	const other = await makeNamespace(namespace);
	t.teardown(() => other.close());
	const journal = join(scratch(t), 'journal');
	const names = [`/proc/${namespace.pid}/ns/net`, `/proc/${other.pid}/ns/net`];
	const watch = [...names.flatMap((name) => ['--netns', name]), '--journal', journal, '--json', '--family', 'inet'];
	const start = () => new Running(namespace.command(...programCommand('netmon', ['watch', ...watch])), testIp);
	const netmon = start();
	t.teardown(() => void netmon.child.kill('SIGKILL'));
	await waitFor('both', () => netmon.stdout.match(/"event":"ready"/g)?.length === 2);
	const second = start();
	t.is(await second.exited, 2);
	t.is(
		second.stderr,
		`Error: another netmon, pid ${netmon.pid}, already writes the journal ${journal}\nName another directory with --journal DIR: each watch needs one of its own.\n`,
	);
	other.ip('route add 10.9.0.0/16 dev lo');
	await waitFor('the route', () => picturesAt(journal, Date.now()).pictures.get(names[1] ?? '')?.routes.length === 1);
	const {stdout} = await log(journal, '--netns', names[1] ?? '', '--only', 'route');
	t.regex(stdout, /\+ route +10\.9\.0\.0\/16 dev lo\n$/);
	t.notRegex((await log(journal, '--netns', names[0] ?? '', '--only', 'route')).stdout, /10\.9/);
	// A journal of one family is compared with that family only.
	other.ip('route add fd09::/64 dev lo');
	const compared = async (...args: readonly string[]) =>
		runToEnd(namespace.command(...programCommand('netmon', ['diff', '@now', `netns:${names[1]}`, '--journal', journal, ...args])), testIp);
	t.regex((await compared()).stderr, /has several namespaces: .*Name one of them with --netns NAME\./s);
	const note = 'Note: the journal was kept with --family inet: nothing else is compared\n';
	t.deepEqual(await compared('--netns', names[1] ?? ''), {code: 0, stdout: '', stderr: note});
	t.is((await compared('--netns', names[1] ?? '', '--family', 'inet')).stderr, '');
	other.ip('route del 10.9.0.0/16');
	await waitFor('its end', () => picturesAt(journal, Date.now()).pictures.get(names[1] ?? '')?.routes.length === 0);
	t.is(await netmon.stop(), 0);
	const again = start();
	t.teardown(() => void again.child.kill('SIGKILL'));
	await waitFor('both', () => again.stdout.match(/"event":"ready"/g)?.length === 2);
	t.is(await again.stop(), 0);
});

test('log: what cannot be read is reported, with what to do next', async (t) => {
	const directory = scratch(t);
	const {code, stderr} = await log(directory);
	t.is(code, 2);
	t.is(
		stderr,
		`Error: there is no journal in ${directory}\nName its directory with --journal DIR; netmon watch --journal DIR writes one.\n`,
	);
	writeSegment(directory, Date.now() - 5000, 1, numbered([{event: 'loss', reason: 'x'}], {begins: Date.now() - 5000}), '', 7);
	for (const [args, message] of [
		[['--since', 'yesterday'], '--since is not a time: "yesterday"'],
		[['--since', '-1m', '--until', '-5m'], '--since is later than --until'],
		[['--route', 'eth0'], '--route is not a destination: "eth0"'],
		[['--address', '10.0.0.0/8'], '--address is not an address: "10.0.0.0/8"'],
		[['--follow', '--until', '-1m'], '--follow and --until cannot be used together'],
	] as const) {
		const wrong = await log(directory, ...args);
		t.is(wrong.code, 1, message);
		t.true(wrong.stderr.startsWith(`Error: ${message}\n`), wrong.stderr);
	}
	const nothing = await log(directory, '--route', '10.9.0.0/16', '--until', '-1m');
	t.deepEqual([nothing.code, nothing.stdout], [0, '']);
	t.regex(nothing.stderr, /^Note: nothing of that is in the journal \S+, which begins at \d{4}-\d\d-\d\d [\d:.]+\n$/);
	t.is((await log(directory, '--until', '-1m', '--json')).stderr, '', 'programs see it by themselves');
	t.regex((await log(directory, '--since', '-1h')).stdout, /^(?:\S+\n)?\S+ ! loss +x; everything is read again\n$/);
});

test('a destination and an address are the same in each of their text forms', (t) => {
	const asked = (route: readonly string[], address: readonly string[]) => checkLogOptions({route, address}, {}, new Date());
	const {routes, addresses} = asked(['FD00:0::/64', '10.0.0.1/32', '::/0', '::ffff:10.0.0.1'], ['FD00:0:0::2', '10.0.0.2']);
	t.deepEqual(routes, ['fd00::/64', '10.0.0.1', 'default', '::ffff:10.0.0.1']);
	t.deepEqual(addresses, ['fd00::2', '10.0.0.2']);
	for (const [what, printed] of [
		['10.0.0.1/32', '10.0.0.1'],
		['0.0.0.0/0', 'default'],
		['eth0', 'eth0'],
	] as const)
		t.is(checkWhyOptions({}, what, {}).what, printed);
	t.throws(() => asked(['10.0.0.7/8'], []), {message: '--route is not a destination: "10.0.0.7/8"'});
});

const foldOf = (events: readonly Event[]): FoldedPicture => {
	const fold = new NamespaceFold();
	for (const event of events) fold.take(event);
	return fold.picture;
};

/** SIGKILLs of a watch; the issue asks for 50. */
const kills = Number(process.env['NETMON_JOURNAL_KILLS'] ?? 8);

/** The number of the last event in the newest segment. */
function lastNumber(journal: string): number {
	const path = listSegments(journal).at(-1)?.path ?? '';
	return Math.max(
		...readFileSync(path, 'utf8')
			.split('\n')
			.slice(0, -1)
			.flatMap((line) => parseEventLine(line)?.seq ?? []),
	);
}

const routesOf = (picture: FoldedPicture | undefined) => picture?.routes.map(({dst, metric}) => `${dst} ${metric ?? 0}`).toSorted();

namespaceTest(
	`issue 16: after SIGKILL at ${kills} random moments the journal can be read, and its end is what the kernel had at its last event`,
	async (t, namespace) => {
		const journal = join(scratch(t), 'journal');
		const kernelRoutes = () => {
			const routes: {dst: string; metric?: number}[] = JSON.parse(namespace.ip('-j route show'));
			return routes.map(({dst, metric}) => `${dst} ${metric ?? 0}`).toSorted();
		};
		/** Rounds after which the journal lacks no line that stdout has, but for the one that was being written. */
		let complete = 0;
		for (let round = 0; round < kills; round += 1) {
			namespace.ip('route flush dev lo');
			const netmon = await watchInto(t, namespace, journal);
			await waitFor('the whole picture', () => onlyPicture(journal)?.whole === true);
			const routes = Array.from({length: 500}, (_, index) => `10.${round % 5}.${index >> 8}.${index & 255}`);
			const batch = join(scratch(t), 'batch');
			writeFileSync(batch, routes.map((dst) => `route replace ${dst} dev lo metric ${round}\n`).join(''));
			const changing = new Running(namespace.command('ip', ['-batch', batch]));
			if (round % 2 === 0) {
				await changing.exited;
				const last = `10.99.${round}.0/24`;
				namespace.ip(`route add ${last} dev lo`);
				await waitFor(last, () => netmon.stdout.includes(`"${last}"`));
				await waitFor('it in the journal', () => onlyPicture(journal)?.routes.some(({dst}) => dst === last) === true);
				netmon.child.kill('SIGKILL');
			} else {
				// As soon as it is seen, in the middle of what a look has found.
				const seen = `"${routes[Math.floor(Math.random() * 100)]}"`;
				netmon.child.stdout?.on('data', () => netmon.stdout.includes(seen) && netmon.child.kill('SIGKILL'));
				await changing.exited;
			}
			await netmon.exited;
			const picture = onlyPicture(journal);
			t.true(picture?.whole, 'every journal can be read');
			const told = netmon.stdout
				.split('\n')
				.slice(0, -1)
				.flatMap((line) => parseEventLine(line) ?? []);
			const seq = lastNumber(journal);
			const written = told.filter((event) => event.seq <= seq);
			// Where its output waited for a reader, SIGKILL has cost more of that.
			if ((told.at(-1)?.seq ?? 0) >= seq) t.deepEqual(routesOf(foldOf(written)), routesOf(picture), `round ${round}`);
			if (told.length - written.length <= 1) complete += 1;
			if (round % 2 === 0) t.deepEqual(routesOf(picture), kernelRoutes());
		}
		// Where the thread that writes is late (docs/reliability.md, story 33), SIGKILL costs what stdout has already. It is not late each time.
		t.true(complete > kills / 2, `${complete} of ${kills}`);
		const {code, stderr, stdout} = await log(journal, '--only', 'route');
		t.deepEqual([code, stderr], [0, '']);
		t.is(stdout.match(/ready/g)?.length, kills);
	},
);
