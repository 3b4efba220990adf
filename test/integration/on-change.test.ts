import type {OnChange} from '../../src/model/rules.js';
import {namespaceTest, namespaceTestIf} from '../helpers/namespace.js';
import {whyEventsTellNothing} from '../helpers/netmon.js';
import {startStory, vethPair} from '../helpers/story.js';
import {waitFor} from '../helpers/wait.js';

interface Case {
	readonly what: string;
	readonly lines: readonly string[];
	/** The content of the observer's line about the change. */
	readonly reported: string;
	/** The interface as it is announced again if every change is. */
	readonly replaced: string;
	/** A part of the new record's text. */
	readonly record: string;
}

const before = 'v0 10.1.0.2/24';
const cases: readonly Case[] = [
	{
		what: 'a change of the MTU',
		lines: ['link set v0 mtu 1400'],
		reported: '"changes":[{"field":"mtu","before":1500,"after":1400}]',
		replaced: 'v0 10.1.0.2/24',
		record: '"Mtu":1400',
	},
	{
		what: 'a change of the MAC',
		lines: ['link set v0 address 02:00:00:00:00:99'],
		reported: '{"field":"address","before":"02:00:00:00:00:01","after":"02:00:00:00:00:99"}',
		replaced: 'v0 10.1.0.2/24',
		record: '"HwAddr":"02:00:00:00:00:99"',
	},
	{
		what: 'a rename',
		lines: ['link set v0 down', 'link set v0 name w0', 'link set w0 up'],
		reported: '"after":"w0"',
		replaced: 'w0 10.1.0.2/24',
		record: '"Device":"w0","Name":"w0"',
	},
	{
		what: 'a second address',
		lines: ['addr add 10.2.0.2/24 dev v0'],
		reported: '"local":"10.2.0.2","prefixlen":24',
		replaced: 'v0 10.1.0.2/24 10.2.0.2/24',
		record: '"10.2.0.2"',
	},
	{
		what: 'the loss of the address',
		lines: ['addr del 10.1.0.2/24 dev v0'],
		reported: '"local":"10.1.0.2","prefixlen":24',
		replaced: 'v0',
		record: '"IPAddresses":null',
	},
];

for (const onChange of ['ignore', 'first-address', 'replace'] as const satisfies readonly OnChange[]) {
	for (const {what, lines, reported, replaced, record} of cases) {
		const replaces = onChange === 'replace';
		const title = `--on-change ${onChange}: ${what} is reported and leads to ${replaces ? 'a delete and an add' : 'no call'}`;
		namespaceTestIf(what.includes('MAC') ? whyEventsTellNothing : undefined, title, async (t, namespace) => {
			namespace.batch(vethPair('v0', '10.1.0.2/24', {mac: '02:00:00:00:00:01'}));
			const {netmon, runtime, told} = await startStory(t, namespace, {args: ['--on-change', onChange, '--output', 'ndjson']});
			namespace.batch(lines);
			t.deepEqual((await told()).interfaces, replaces ? [`del-iface ${before}`, `add-iface ${replaced}`] : []);
			const adds = runtime.calls.filter(({op}) => op === 'add-iface');
			t.true(adds.every(({text}) => text.includes(record)));
			await waitFor('the change', () =>
				netmon.stdout
					.split('\n')
					.some((line) => /"(interface-changed|address-added|address-removed)"/.test(line) && line.includes(reported)),
			);
			await told();
			namespace.ip(`link del ${replaced.split(' ')[0]}`);
			t.deepEqual((await told()).interfaces, [`del-iface ${replaces ? replaced : before}`], 'with the record that was announced');
		});
	}

	const told = onChange === 'ignore' ? 'no call' : 'a delete and an add';
	namespaceTest(`--on-change ${onChange}: the first address of one announced without leads to ${told}`, async (t, namespace) => {
		const args = ['--on-change', onChange, '--output', 'ndjson', '--address-wait', '1ms'];
		const {netmon, runtime, told: tell} = await startStory(t, namespace, {args});
		namespace.batch(vethPair('v0', undefined));
		await runtime.until('both ends', (calls) => calls.filter(({op}) => op === 'add-iface').length === 2);
		await tell();
		namespace.ip('addr add 10.1.0.2/24 dev v0');
		t.deepEqual((await tell()).interfaces, onChange === 'ignore' ? [] : ['del-iface v0', 'add-iface v0 10.1.0.2/24']);
		await waitFor('the change', () => /"address-added".*"local":"10.1.0.2"/.test(netmon.stdout));
		namespace.ip('addr add 10.1.0.3/24 dev v0');
		const second = ['del-iface v0 10.1.0.2/24', 'add-iface v0 10.1.0.2/24 10.1.0.3/24'];
		t.deepEqual((await tell()).interfaces, onChange === 'replace' ? second : [], 'the second');
	});
}

namespaceTest('--on-change replace: routes follow the new name', async (t, namespace) => {
	namespace.batch(vethPair('v0', '10.1.0.2/24'));
	const {told} = await startStory(t, namespace, {args: ['--on-change', 'replace']});
	namespace.batch(['link set v0 down', 'link set v0 name w0', 'link set w0 up', 'route add 10.9.0.0/16 via 10.1.0.1']);
	t.deepEqual(await told(), {
		interfaces: ['del-iface v0 10.1.0.2/24', 'add-iface w0 10.1.0.2/24'],
		routes: ['10.9.0.0/16 via 10.1.0.1 dev w0'],
	});
});

namespaceTest('events without a change lead to no call', async (t, namespace) => {
	namespace.batch(vethPair('v0', '10.1.0.2/24'));
	const {told} = await startStory(t, namespace, {args: ['--on-change', 'replace']});
	namespace.batch(['link set v0 alias other', 'link set v0 txqueuelen 99', 'link set v0 promisc on', 'link set v0 mtu 1500']);
	namespace.ip('addr replace 10.1.0.2/24 dev v0 valid_lft 1000 preferred_lft 1000');
	t.deepEqual((await told()).interfaces, []);
});
