import test from 'ava';
import {scopeOf} from '../../../src/probe/read/scopes.js';

const file = '#\n# reserved values\n#\n0\tglobal\n255\tnowhere\n100 campus\n0x65\thall # comment\n#102 off\n999 far\n103\t#none\n';

for (const [printed, scope] of [
	['global', 'global'],
	['link', 'link'],
	['77', '77'],
	['campus', '100'],
	['hall', '101'],
	['off', 'off'],
	['far', 'far'],
	['nobody', 'nobody'],
] as const) {
	test(`case 8: the scope that ip prints as ${printed} is ${scope}`, (t) => {
		t.is(
			scopeOf(printed, () => file),
			scope,
		);
	});
}

test('without a file a name stays, and the file is not read for what ip has built in', (t) => {
	t.is(
		scopeOf('campus', () => undefined),
		'campus',
	);
	t.notThrows(() =>
		scopeOf('link', () => {
			throw new Error('it was read');
		}),
	);
});
