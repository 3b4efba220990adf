import {join} from 'node:path';
import {isDeepStrictEqual} from 'node:util';
import test, {type ExecutionContext} from 'ava';
import {parseEventLine} from '../../src/journal/event-line.js';
import {type FoldedPicture, NamespaceFold} from '../../src/journal/fold.js';
import {picturesAt} from '../../src/journal/moment.js';
import type {Event} from '../../src/model/event.js';
import {numbered, scratch, writeSegment} from '../helpers/journals.js';
import {namespaceTest, type TestNamespace} from '../helpers/namespace.js';
import {programCommand, Running, runToEnd, testIp} from '../helpers/netmon.js';
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
/** Without the time. */
const told = (stdout: string) =>
	stdout
		.split('\n')
		.slice(0, -1)
		.map((line) => line.replace(/^\S+ /, '').replaceAll(/(\S) {2,}/g, '$1 '));

namespaceTest(
	'deckhouse#2270: log says what happened to the default route, under the interface that took it, while the journal is written',
	async (t, namespace) => {
		const journal = join(scratch(t), 'journal');
		namespace.batch([...vethPair('eth0', '10.0.0.2/24'), 'route add default via 10.0.0.1']);
		const netmon = await watchInto(t, namespace, journal);
		namespace.ip('link set eth0 mtu 1400');
		await waitFor('the mtu', () => netmon.stdout.includes('"after":1400'));
		namespace.ip('link set eth0 down');
		await waitFor('the loss', () => /"route-removed".*"default"/.test(netmon.stdout));
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

namespaceTest('--follow continues past the end of a segment, until its reader goes or a signal comes', async (t, namespace) => {
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
	t.regex((await log(directory, '--since', '-1m')).stdout, /^\S+ ! loss +x; everything is read again\n$/);
});

const foldOf = (events: readonly Event[]): FoldedPicture => {
	const fold = new NamespaceFold();
	for (const event of events) fold.take(event);
	return fold.picture;
};

const routesOf = (picture: FoldedPicture | undefined) => picture?.routes.map(({dst, metric}) => `${dst} ${metric ?? 0}`).toSorted();

namespaceTest(
	'issue 16: after SIGKILL at 50 random moments the journal can be read, and its end is what the kernel had at its last event',
	async (t, namespace) => {
		const journal = join(scratch(t), 'journal');
		const kernelRoutes = () => {
			const routes: {dst: string; metric?: number}[] = JSON.parse(namespace.ip('-j route show'));
			return routes.map(({dst, metric}) => `${dst} ${metric ?? 0}`).toSorted();
		};
		for (let round = 0; round < 50; round += 1) {
			const netmon = await watchInto(t, namespace, journal);
			const dst = (index: number) => `10.${round % 5}.${index}.0/24`;
			namespace.batch(
				Array.from({length: 1 + Math.floor(Math.random() * 200)}, (_, index) => `route replace ${dst(index)} dev lo metric ${round}`),
			);
			const quiet = round % 2 === 0;
			const last = `10.99.${round}.0/24`;
			if (quiet) {
				namespace.ip(`route add ${last} dev lo`);
				// In the journal, since each event is written to stdout first.
				await waitFor(last, () => routesOf([...picturesAt(journal, Date.now()).pictures.values()][0])?.includes(`${last} 0`) === true);
			}
			netmon.child.kill('SIGKILL');
			await netmon.exited;
			const pictures = picturesAt(journal, Date.now()).pictures;
			const [picture] = pictures.values();
			t.true(picture?.whole, 'every journal can be read');
			// stdout is written first, so the journal may lack its last line.
			const told = netmon.stdout
				.split('\n')
				.slice(0, -1)
				.flatMap((line) => parseEventLine(line) ?? []);
			const expected = [told, told.slice(0, -1)].map((events) => routesOf(foldOf(events)));
			t.true(
				expected.some((routes) => isDeepStrictEqual(routes, routesOf(picture))),
				`round ${round}`,
			);
			if (quiet) t.deepEqual(routesOf(picture), kernelRoutes());
		}
		const {code, stderr, stdout} = await log(journal, '--only', 'route');
		t.deepEqual([code, stderr], [0, '']);
		t.is(stdout.match(/ready/g)?.length, 50);
	},
);
