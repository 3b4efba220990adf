import test from 'ava';
import {checkSettings} from '../../src/library/check-settings.js';

const mistakes: readonly (readonly [unknown, string])[] = [
	['web', 'watch() takes an object of settings, such as {netns: \'web\'}, not "web"'],
	[null, "watch() takes an object of settings, such as {netns: 'web'}, not null"],
	[{netns: 4711}, 'the setting netns of watch() must be a string, not 4711'],
	[{netns: ''}, 'the setting netns of watch() must be a string, not ""'],
	[{families: 'inet'}, 'the setting families of watch() must be an array of inet, inet6, not "inet"'],
	[{families: ['ipv4']}, 'the setting families of watch() must be an array of inet, inet6, not ["ipv4"]'],
	[{only: 'route'}, 'the setting only of watch() must be an array of interface, address, route, call, not "route"'],
	[{dev: /eth/}, 'the setting dev of watch() must be an array of strings, not a value of type object'],
	[{pollIntervalMs: '5s'}, 'the setting pollIntervalMs of watch() must be a number from 100 on, not "5s"'],
	[{pollIntervalMs: Number.NaN}, 'the setting pollIntervalMs of watch() must be a number from 100 on, not NaN'],
	[{mostWaiting: 0}, 'the setting mostWaiting of watch() must be a number from 1 on, not 0'],
	[{signal: new AbortController()}, 'the setting signal of watch() must be an AbortSignal, not a value of type object'],
	[
		{log: console.log},
		'the setting log of watch() must be an object with the methods debug, info, warn and error, not a value of type function',
	],
	[
		{interface: 'eth0'},
		'watch() has no setting "interface". It has netns, families, table, ip, only, dev, pollIntervalMs, mostWaiting, signal, log',
	],
];

for (const [settings, message] of mistakes) {
	test(`watch(): ${message}`, (t) => {
		t.throws(() => checkSettings('watch', settings), {instanceOf: TypeError, message});
	});
}

test('settings that are right, or left undefined, are taken', (t) => {
	const {signal} = new AbortController();
	t.notThrows(() => checkSettings('watch', {netns: 'web', only: [], dev: ['eth*'], signal, log: console, families: undefined}));
	t.throws(() => checkSettings('snapshot', {dev: ['eth0']}), {message: /^snapshot\(\) has no setting "dev"/});
});
