import test from 'ava';
import {shellPattern} from '../../src/text/shell-pattern.js';

const rows: readonly (readonly [string, string, boolean])[] = [
	['eth0', 'eth0', true],
	['eth0', 'eth01', false],
	['eth*', 'eth', true],
	['eth*', 'veth0', false],
	['*', '', true],
	['v?', 'v4', true],
	['v?', 'v', false],
	['v?', 'v\udcff', true],
	['v[0-3]', 'v2', true],
	['v[0-3]', 'v4', false],
	['v[!0-3]', 'v4', true],
	['v[!0-3]', 'v2', false],
	['[]x]', ']', true],
	['v[a&]', 'v&', true],
	['v[3-0]', 'v2', false],
	['v[!3-0]', 'v2', true],
	['v[3-0a]', 'va', true],
	['[', '[', true],
	['v[z-a]', 'vz', false],
	['v[z-a0]', 'v0', true],
	['v[!z-a]', 'vz', true],
	['v[&^]', 'v&', true],
	['a.b+c', 'a.b+c', true],
	['a.b+c', 'axbbc', false],
	['\\*', '*', true],
	['\\*', 'x', false],
	['eth0.*', 'eth0.100', true],
	['v*a*', 'a\nv', false],
	['v*', 'v\nx', true],
];

for (const [pattern, name, fits] of rows) {
	test(`${pattern} ${fits ? 'fits' : 'does not fit'} ${JSON.stringify(name)}`, (t) => t.is(shellPattern(pattern)(name), fits));
}
