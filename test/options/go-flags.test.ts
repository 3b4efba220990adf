import test from 'ava';
import {goDefaults, parseGoFlags, parseLogLevel} from '../../src/options/go-flags.js';

const none = {sandbox: '', runtime: '', debug: false, log: 'warn', version: false, help: false};

for (const [args, flags] of [
	[[], {}],
	[['-s', 'sb', '-r', '/bin/true'], {sandbox: 'sb', runtime: '/bin/true'}],
	[['--s', 'sb', '--r', '/bin/true'], {sandbox: 'sb', runtime: '/bin/true'}],
	[['-s=sb', '--r=/bin/true'], {sandbox: 'sb', runtime: '/bin/true'}],
	[['-log', 'debug'], {log: 'debug'}],
	[['--log', 'debug'], {log: 'debug'}],
	[['-log=debug'], {log: 'debug'}],
	[['--log=debug'], {log: 'debug'}],
	[['-s=a=b'], {sandbox: 'a=b'}],
	[['-s='], {sandbox: ''}],
	[['-s', ''], {sandbox: ''}],
	[['-s', '-r'], {sandbox: '-r'}],
	[['-s', '--'], {sandbox: '--'}],
	[['-s', 'a', '-s', 'b'], {sandbox: 'b'}],
	[['-d'], {debug: true}],
	[['--d'], {debug: true}],
	[['-d', 'sb'], {debug: true}],
	[['-d', 'sb', '-s', 'x'], {debug: true}],
	[['-d=false'], {}],
	[['-d', '-d=0'], {}],
	[['-v'], {version: true}],
	[['-version'], {version: true}],
	[['--version'], {version: true}],
	[['-h'], {help: true}],
	[['-help'], {help: true}],
	[['--help'], {help: true}],
	[['--', '-s', 'sb'], {}],
	[['-s', 'sb', '--', '-zzz'], {sandbox: 'sb'}],
	[['sb', '-zzz'], {}],
	[['-', '-zzz'], {}],
	[['', '-zzz'], {}],
] as const) {
	test(`kata-netmon ${args.join(' ') || '(nothing)'} is read as Go reads it`, (t) => {
		t.deepEqual(parseGoFlags(args), {...none, ...flags});
	});
}

for (const value of ['1', 't', 'T', 'TRUE', 'true', 'True']) {
	test(`-d=${value} is true`, (t) => t.true(parseGoFlags([`-d=${value}`]).debug));
}
for (const value of ['0', 'f', 'F', 'FALSE', 'false', 'False']) {
	test(`-d=${value} is false`, (t) => t.false(parseGoFlags(['-d', `-d=${value}`]).debug));
}

for (const [args, message] of [
	[['-zzz'], 'flag provided but not defined: -zzz'],
	[['--zzz'], 'flag provided but not defined: -zzz'],
	[['-zzz=1'], 'flag provided but not defined: -zzz'],
	[['-ss', 'x'], 'flag provided but not defined: -ss'],
	[['-ds'], 'flag provided but not defined: -ds'],
	[['-S', 'x'], 'flag provided but not defined: -S'],
	[['-constructor'], 'flag provided but not defined: -constructor'],
	[['-__proto__=x'], 'flag provided but not defined: -__proto__'],
	[['-s'], 'flag needs an argument: -s'],
	[['--log'], 'flag needs an argument: -log'],
	[['-s', 'a', '-r'], 'flag needs an argument: -r'],
	[['---s', 'x'], 'bad flag syntax: ---s'],
	[['-=x'], 'bad flag syntax: -=x'],
	[['--=x'], 'bad flag syntax: --=x'],
	[['-d=maybe'], 'invalid boolean value "maybe" for -d: parse error'],
	[['-d='], 'invalid boolean value "" for -d: parse error'],
	[['-v=tRuE'], 'invalid boolean value "tRuE" for -v: parse error'],
	[['-d=constructor'], 'invalid boolean value "constructor" for -d: parse error'],
	[['-d=a"b'], String.raw`invalid boolean value "a\"b" for -d: parse error`],
] as const) {
	test(`kata-netmon ${args.join(' ')} gets Go's message: ${message}`, (t) => {
		t.throws(() => parseGoFlags(args), {name: 'GoFlagError', message});
	});
}

for (const [text, level] of [
	['debug', 'debug'],
	['WARN', 'warn'],
	['warning', 'warn'],
	['Warning', 'warn'],
	['error', 'error'],
	['fatal', 'fatal'],
	['panic', 'panic'],
	['info', 'info'],
	['trace', 'trace'],
	['', undefined],
	['verbose', undefined],
	['constructor', undefined],
] as const) {
	test(`-log ${text || '""'} is ${level ?? 'no level'}`, (t) => {
		t.is(parseLogLevel(text), level);
	});
}

test('the list of flags names every flag that is read', (t) => {
	for (const name of ['s', 'r', 'd', 'log', 'v', 'version', 'h', 'help']) {
		t.regex(goDefaults, new RegExp(`^  -${name}\\b`, 'm'));
		t.notThrows(() => parseGoFlags([`-${name}=1`]));
	}
});
