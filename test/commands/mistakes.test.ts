import test from 'ava';
import {UsageError} from '../../src/model/errors.js';
import {checkCommandLine} from '../helpers/command-line.js';

const value = 'Give it a value, or leave the option out.';
const time = 'Write it as 250ms, 2s or 5m.';
const forms =
	'Write link:eth0, up:eth0, gone:eth0, address:eth0, address:eth0=10.0.0.2/24, route:default or route:10.0.0.0/8, with ! before it for "not".';
const see = (command: string) => `See netmon ${command} --help.`;
const last = 'Name the program last: netmon watch -- PROGRAM [ARG…].';

/** A command line, what is wrong with it, and what to do. */
const mistakes: readonly (readonly [readonly string[], string, string])[] = [
	// One wording for what is empty, whatever the option.
	...['netns', 'interval', 'metrics', 'journal', 'record', 'ip', 'dev', 'only', 'table', 'family', 'sandbox', 'runtime'].map(
		(name) => [['watch', `--${name}=`], `--${name} is empty`, value] as const,
	),
	[['watch', '--state=', '--', 'true'], '--state is empty', value],
	[['snapshot', '--netns', ''], '--netns is empty', value],
	[['log', '--netns', ''], '--netns is empty', value],
	[['log', '--since', ''], '--since is empty', value],
	[['doctor', '-r', ''], '--runtime is empty', value],
	[['why', '-s', ''], '--sandbox is empty', value],
	[['verify', '-s', ''], '--sandbox is empty', value],
	[['verify', '-s', 'sb1', '--guest='], '--guest is empty', value],
	[['wait', '--timeout=', 'link:lo'], '--timeout is empty', value],
	[['diff', '--journal=', '@12:00'], '--journal is empty', value],
	[['watch', '--only=,'], '--only is empty', value],
	[['watch', '--dev', ','], '--dev is empty', value],
	[['log', '--route=,'], '--route is empty', value],
	// One wording for a choice.
	[['watch', '--family', 'ipv6'], '--family cannot be "ipv6"', 'Use one of inet, inet6, all.'],
	[['diff', '--family', 'ipv6', 'a'], '--family cannot be "ipv6"', 'Use one of inet, inet6, all.'],
	[['watch', '--output', 'json'], '--output cannot be "json"', 'Use one of human, ndjson.'],
	[['log', '--output=json'], '--output cannot be "json"', 'Use one of human, ndjson.'],
	[['watch', '--log-level', 'loud'], '--log-level cannot be "loud"', 'Use one of trace, debug, info, warn, error, fatal, panic.'],
	[['snapshot', '--profile', 'kata-9'], '--profile cannot be "kata-9"', 'Use one of kata-1.13, kata-1.5.'],
	[['watch', '--only', 'interface,foo'], '--only cannot be "foo"', 'Use one of interface, address, route, call.'],
	[['replay', 'f', '--color', 'yes'], '--color cannot be "yes"', 'Use one of auto, always, never.'],
	// An option that there is not: what it means counts before how it is spelt.
	...(
		[
			['watch', '--interface', 'dev'],
			['log', '--iface', 'dev'],
			['watch', '--namespace', 'netns'],
			['why', '--ns', 'netns'],
			['watch', '--format', 'output'],
			['snapshot', '--format', 'json'],
			['snapshot', '--output', 'json'],
			['watch', '--ipv4', 'family'],
			['watch', '-6', 'family'],
			['watch', '--jsn', 'json'],
			['watch', '--verbose', 'log-level'],
			['watch', '-f', 'family'],
			['log', '--tail', 'follow'],
			['log', '--from', 'since'],
			['log', '--dst', 'route'],
			['wait', '--for', 'timeout'],
			['watch', '--debounce', 'settle'],
			['watch', '--prometheus', 'metrics'],
			['verify', '--id', 'sandbox'],
		] as const
	).map(
		([command, word, meant]) =>
			[[command, word, 'x'], `${word} is not an option of netmon ${command}`, `Did you mean --${meant}?`] as const,
	),
	[['watch', '--intervl=3s'], '--intervl is not an option of netmon watch', 'Did you mean --interval?'],
	[['watch', '--xyz'], '--xyz is not an option of netmon watch', see('watch')],
	[['list', '-x'], '-x is not an option of netmon list', see('list')],
	// Too much and too little.
	[['watch', 'web'], 'unexpected argument: web', `Did you mean --netns web or --dev web or -- web? ${see('watch')}`],
	[['log', 'eth0', 'eth1'], 'unexpected argument: eth0', `Did you mean --netns eth0 or --dev eth0? ${see('log')}`],
	[['snapshot', 'web'], 'unexpected argument: web', `Did you mean --netns web? ${see('snapshot')}`],
	[['diff', 'a', 'b', 'c'], 'unexpected argument: c', see('diff')],
	[['list', 'web'], 'unexpected argument: web', see('list')],
	[['watch', '-s'], '--sandbox needs a value', see('watch')],
	[['watch', '--family'], '--family needs a value', see('watch')],
	[['wait', '--timeout'], '--timeout needs a value', see('wait')],
	[['watch', '--interval', '1s', '--interval', '2s'], '--interval is given more than once', 'Give it once.'],
	[['watch', '--follow=yes'], '--follow takes no value', 'Write it as --follow, or leave it out.'],
	[['snapshot', '--json=1'], '--json takes no value', 'Write it as --json, or leave it out.'],
	[['diff'], 'no A is named', `Name a file, netns:NAME, pid:PID or @TIME. ${see('diff')}`],
	[['completion'], 'no SHELL is named', `Name bash, zsh or fish. ${see('completion')}`],
	[['replay'], 'no FILE is named', `Name files that netmon watch --record has written. ${see('replay')}`],
	[['verify'], 'no sandbox is named', 'Name it with -s ID; netmon list has those that are watched.'],
	[['wait'], 'no condition is given', forms],
	// What cannot be together.
	[['snapshot', '--json', '--payload'], '--json and --payload cannot be used together', 'Use one of them.'],
	[['replay', 'f', '--json', '--step'], '--json and --step cannot be used together', 'Use one of them.'],
	[['watch', '--json', '--output', 'human'], '--json and --output human cannot be used together', 'Use one of them.'],
	[['log', '--follow', '--until', '12:00'], '--follow and --until cannot be used together', 'Use one of them.'],
	// What cannot be read.
	[['watch', '--interval', '5'], '--interval is not a time: "5"', time],
	[['watch', '--interval', '-5s'], '--interval is not a time: "-5s"', time],
	[['watch', '--timeout', 'soon', '--', 'true'], '--timeout is not a time: "soon"', time],
	[['wait', 'link:'], '"link:" is not a condition', forms],
	[['wait', 'route:foo'], '"route:foo" is not a condition', forms],
	[['watch', '--jobs', '0'], '--jobs is not a number from 1 on: "0"', 'Write it as 4.'],
	[['watch', '--retries', 'x', '--', 'true'], '--retries is not a number: "x"', 'Write it as 5, or inf for ever.'],
	[['watch', '--retries', '3'], '--retries is for a program, and none is named', last],
	[['watch', '--journal-size', '1GB'], '--journal-size is for a journal, and none is named', 'Name its directory with --journal DIR.'],
	[['watch', '--record-size', '1GB'], '--record-size is for a recording, and none is named', 'Name its file with --record FILE.'],
	[['watch', '--'], 'no program is named after --', last],
	[['log', '--since', 'noon'], '--since is not a time: "noon"', 'Write it as 12:03, 2026-11-26T12:03 or -5m (five minutes ago).'],
	[['log', '--address', 'foo'], '--address is not an address: "foo"', 'Write it as 10.0.0.2 or fd00::2.'],
	[['diff', 'pid:x'], '"pid:x" names no process', 'Write it as pid:4711.'],
];

for (const [words, message, advice] of mistakes) {
	test(`netmon ${words.map((word) => word || "''").join(' ')}: ${message}`, async (t) => {
		const error = await t.throwsAsync(checkCommandLine(['netmon', ...words]), {instanceOf: UsageError});
		t.deepEqual([error?.message, error?.advice], [message, advice]);
	});
}
