import {readFileSync} from 'node:fs';
import test from 'ava';
import {isSkipped} from '../helpers/namespace.js';
import {root, runToEnd} from '../helpers/netmon.js';

const picture = readFileSync(`${root}docs/watch.svg`, 'utf8');

test('docs/watch.svg is small and needs nothing from elsewhere', (t) => {
	t.true(Buffer.byteLength(picture) < 20_000);
	t.notRegex(picture.replace('xmlns="http://www.w3.org/2000/svg"', ''), /https?:|href|url\(|@import|<script|<foreignObject/);
});

const declare = isSkipped('docs/watch.svg') ? test.skip : test;

declare('docs/watch.svg is what the built netmon prints of its story, times left aside', async (t) => {
	const {code, stdout, stderr} = await runToEnd([process.execPath, [`${root}scripts/terminal-picture.mjs`, '--check']]);
	t.is(code, 0, stdout + stderr);
});
