import test from 'ava';
import {checkWatchOptions} from '../../src/options/watch-options.js';

const check = (given: Record<string, string | boolean | readonly string[]>) => checkWatchOptions(given, {});

test('one name is the watch of one namespace, which ends with it', (t) => {
	t.like(check({netns: ['web']}), {netns: 'web', several: undefined});
	t.like(check({netns: ['/run/netns/a*'], sandbox: ['sb']}), {netns: '/run/netns/a*', sandbox: 'sb', several: undefined});
});

test('several names, a pattern, or --all-netns: they may come and go', (t) => {
	const {several} = check({netns: ['web', 'db-*', '/run/x', '4711']});
	t.deepEqual(several, {choice: {names: ['web', '/run/x', '4711'], patterns: ['db-*'], all: false}});
	t.deepEqual(check({'all-netns': true}).several, {choice: {names: [], patterns: [], all: true}});
});

test('-s ID=NETNS names a namespace for each sandbox', (t) => {
	const {several, netns, sandbox} = check({sandbox: ['sb1=web', 'sb2=/run/netns/a=b']});
	t.deepEqual([netns, sandbox], [undefined, undefined]);
	t.deepEqual(several?.choice.names, ['web', '/run/netns/a=b']);
	t.is(several?.sandboxOf?.('web'), 'sb1');
	t.is(several?.sandboxOf?.('/run/netns/a=b'), 'sb2');
});

test("-s '{netns}': the sandbox is called as its namespace", (t) => {
	const {several} = check({sandbox: ['kata-{netns}'], netns: ['pod-*']});
	t.is(several?.sandboxOf?.('pod-1'), 'kata-pod-1');
	t.is(check({sandbox: ['{netns}'], netns: ['/run/netns/a']}).several?.sandboxOf?.('/run/netns/a'), 'a');
});

for (const [given, message] of [
	[{sandbox: ['a', 'b']}, /several sandboxes need a namespace each/],
	[{sandbox: ['a'], netns: ['x', 'y']}, /the sandbox "a" cannot have several namespaces/],
	[{sandbox: ['a'], 'all-netns': true}, /the sandbox "a" cannot have several namespaces/],
	[{sandbox: ['a=x'], netns: ['y']}, /-s ID=NETNS cannot be used together with --netns/],
	[{sandbox: ['a=x', 'b=x']}, /the namespace "x" is that of two sandboxes, "a" and "b"/],
	[{sandbox: ['a=x', 'a=y']}, /the sandbox "a" has two namespaces/],
	[{sandbox: ['a=']}, /is not ID=NETNS/],
	[{sandbox: ['{netns}']}, /names no namespace/],
	[{jobs: '0'}, /--jobs is not a number from 1 on: "0"/],
] as const) {
	test(`refused: ${JSON.stringify(given)}`, (t) => {
		t.throws(() => check(given), {name: 'UsageError', message});
	});
}
