import test from 'ava';
import {parseMonitorLine} from '../../src/probe/monitor/monitor-line.js';
import {parseNames, routeTables} from '../../src/probe/route-tables.js';

const file = `#
# reserved values
#
255	local
254	main
0	unspec
  0x64   vpn # of the office
101 lab
101 lab2
102 lab#2
`;

const tables = (choice: string) => routeTables(choice, '--table', () => parseNames(file));

for (const [choice, word, name, has, hasNot] of [
	['main', 'main', 'main', ['main', '254'], ['100', 'local', 'all']],
	['254', 'main', 'main', ['main', '254'], ['vpn']],
	['100', '100', 'vpn', ['100', 'vpn'], ['main', '101']],
	['vpn', '100', 'vpn', ['100', 'vpn'], ['main', '101']],
	['0x64', '100', 'vpn', ['100', 'vpn'], ['0x64']],
	['101', '101', 'lab2', ['101', 'lab', 'lab2'], ['vpn']],
	['lab#2', '102', 'lab#2', ['102', 'lab#2'], ['lab']],
	['local', '255', 'local', ['local', '255'], ['main']],
	['7', '7', '7', ['7'], ['main', '70']],
	['4294967295', '4294967295', '4294967295', ['4294967295'], ['0']],
	['all', 'all', 'main', ['main', 'local', '100', 'vpn'], []],
] as const) {
	test(`--table ${choice} is ip route show table ${word}`, (t) => {
		const {has: isRead, ...rest} = tables(choice);
		t.deepEqual(rest, {word, name});
		for (const each of has) t.true(isRead(each), each);
		for (const each of hasNot) t.false(isRead(each), each);
	});
}

for (const choice of ['', 'office', '0', '4294967296', '-1', '1e2', '100 ', 'unspec of']) {
	test(`--table ${JSON.stringify(choice)} is refused, and the advice names the forms`, (t) => {
		const error = t.throws(() => tables(choice), {name: 'UsageError'});
		t.true(error?.message.includes(JSON.stringify(choice)));
	});
}

test('a line of the monitor rings for a table that is read, by its number or by any of its names', (t) => {
	const table = (line: string, choice: string) => parseMonitorLine(`[ROUTE]10.9.0.0/16 dev v0 ${line}`, tables(choice))?.table;
	t.is(table('table vpn ', '100'), undefined);
	t.is(table('table 100 ', 'vpn'), undefined);
	t.is(table('scope link ', '100'), 'main');
	t.is(table('scope link ', 'main'), undefined);
	t.is(table('table vpn ', 'main'), 'vpn');
	t.is(table('table local ', 'all'), undefined);
});
