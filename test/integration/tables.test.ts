import {join} from 'node:path';
import type {ExecutionContext} from 'ava';
import type {Route} from '../../src/model/route.js';
import {namespaceTest, type TestNamespace} from '../helpers/namespace.js';
import {programCommand, Running, runToEnd, testIp} from '../helpers/netmon.js';
import {scratchFolder} from '../helpers/runtime.js';
import {eventsIn} from '../helpers/schemas.js';
import {waitFor} from '../helpers/wait.js';

async function watchTable(t: ExecutionContext<unknown>, namespace: TestNamespace, table: string, more: readonly string[] = []) {
	const [file, args] = programCommand('netmon', ['watch', '--json', '--only', 'route', '--table', table, ...more]);
	const netmon = new Running(namespace.command(file, args), testIp);
	t.teardown(() => void netmon.child.kill('SIGKILL'));
	await waitFor(`the picture ${netmon.stderr}`, () => netmon.stdout.includes('"ready"'));
	return netmon;
}

/** `route-added 10.9.0.0/16 100` for each event of a route. */
const told = (ndjson: string) =>
	eventsIn(ndjson).flatMap(({event, route}) => {
		const {dst, table} = (route ?? {}) as {dst?: string; table?: string};
		return dst === undefined ? [] : [`${event} ${dst}${table === undefined ? '' : ` ${table}`}`];
	});

namespaceTest('--table 100 reports the routes of that table, at once, and no others', async (t, namespace) => {
	namespace.batch(['route add 10.7.0.0/16 dev lo table 100', 'route add 10.6.0.0/16 dev lo', 'route add fd00:7::/64 dev lo table 100']);
	// Without a poll: what is seen was announced by a line.
	const netmon = await watchTable(t, namespace, '100', ['--interval', '1h']);
	namespace.batch([
		'route add 10.8.0.0/16 dev lo',
		'route add 10.9.0.0/16 dev lo table 100',
		'route add 10.9.0.0/16 dev lo table 101',
		'route replace 10.7.0.0/16 dev lo table 100 mtu 1400',
	]);
	await waitFor('the change', () => netmon.stdout.includes('route-changed'));
	namespace.ip('route del 10.9.0.0/16 table 100');
	await waitFor('the end', () => netmon.stdout.includes('route-removed'));
	t.is(await netmon.stop(), 0);
	t.deepEqual(told(netmon.stdout).toSorted(), [
		'route-added 10.9.0.0/16 100',
		'route-changed 10.7.0.0/16 100',
		'route-found 10.7.0.0/16 100',
		'route-found fd00:7::/64 100',
		'route-removed 10.9.0.0/16 100',
	]);
});

namespaceTest(
	'--table all reports every table, one that nobody has used reads as empty, and log finds one table again',
	async (t, namespace) => {
		const folder = scratchFolder();
		t.teardown(() => folder.close());
		const journal = join(folder.path, 'journal');
		const empty = await watchTable(t, namespace, '4711', ['--family', 'inet']);
		t.true(empty.stdout.includes('"routes":0'));
		t.is(await empty.stop(), 0);
		const netmon = await watchTable(t, namespace, 'all', ['--journal', journal]);
		namespace.batch(['route add 10.8.0.0/16 dev lo', 'route add 10.9.0.0/16 dev lo table 100', 'addr add 10.1.0.2/32 dev lo']);
		const added = ['10.8.0.0/16 main', '10.9.0.0/16 100', '10.1.0.2 local'].map((route) => `route-added ${route}`);
		await waitFor('all tables', () => added.every((line) => told(netmon.stdout).includes(line)));
		t.is(await netmon.stop(), 0);
		const log = (table: string) => runToEnd(programCommand('netmon', ['log', '--journal', journal, '--json', '--table', table]));
		t.deepEqual(told((await log('100')).stdout), ['route-added 10.9.0.0/16 100']);
		t.deepEqual(told((await log('main')).stdout), ['route-added 10.8.0.0/16 main']);
		t.true(told((await log('all')).stdout).length >= 3);
	},
);

namespaceTest('snapshot shows the table that is asked for', async (t, namespace) => {
	namespace.batch(['route add 10.8.0.0/16 dev lo', 'route add 10.9.0.0/16 dev lo table 100']);
	const snapshot = async (...args: readonly string[]) => {
		const [file, rest] = programCommand('netmon', ['snapshot', '--family', 'inet', ...args]);
		return (await runToEnd(namespace.command(file, rest), testIp)).stdout;
	};
	t.regex(await snapshot('--table', '100'), /10\.9\.0\.0\/16 +dev lo table 100/);
	t.notRegex(await snapshot('--table', '100'), /10\.8/);
	const {routes}: {routes: readonly Route[]} = JSON.parse(await snapshot('--table', 'all', '--json'));
	// ip route show table all has those of IPv6 too.
	t.false(routes.some(({dst}) => dst === '::1'));
	t.true(
		['10.8.0.0/16 main', '10.9.0.0/16 100', '127.0.0.1 local'].every((each) =>
			routes.some((route) => `${route.dst} ${route.table}` === each),
		),
	);
});

namespaceTest('a runtime has a main table only, and a table that nothing names is a mistake', async (t, namespace) => {
	const run = (...args: readonly string[]) => runToEnd(namespace.command(...programCommand('netmon', args)), testIp);
	for (const args of [
		['watch', '--dry-run', '--table', 'all'],
		['watch', '-s', 'sb1', '-r', '/bin/true', '--table', '100'],
		['snapshot', '--payload', '--table', '100'],
	]) {
		const {code, stderr} = await run(...args);
		t.is(code, 1, args.join(' '));
		t.regex(stderr, /^Error: --table is not for a runtime, which has a main table only\n/);
	}
	for (const command of ['watch', 'snapshot']) {
		const {code, stderr} = await run(command, '--table', 'no-such-table');
		t.is(code, 1);
		t.regex(stderr, /^Error: --table names no routing table: "no-such-table"\n.*rt_tables/);
	}
});
