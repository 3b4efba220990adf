import {existsSync} from 'node:fs';
import {join} from 'node:path';
import {namespaceTest, type TestNamespace} from '../helpers/namespace.js';
import {startWatch} from '../helpers/netmon.js';
import {waitFor} from '../helpers/wait.js';

/** As bytes, one character each, with what JSON makes of them if it differs. */
const names: readonly {readonly bytes: string; readonly text?: string}[] = [
	{bytes: 'a"b'},
	{bytes: "a'b"},
	{bytes: '"\''},
	{bytes: 'a\\b'},
	{bytes: 'a\\nb'},
	{bytes: 'a@if3'},
	{bytes: '$(id>x)'},
	{bytes: '`id`;id&&id|id'},
	{bytes: 'a#b'},
	{bytes: '-all'},
	{bytes: '[LINK]9'},
	{bytes: 'Deleted'},
	{bytes: 'a,b{}[]<UP>'},
	{bytes: 'a\x1b[31m\x07'},
	{bytes: 'a\x01\x7f'},
	{bytes: '\xc3\xa9t\xc3\xa9', text: 'été'},
	{bytes: 'a\xff\xfeb', text: 'a\ufffd\ufffdb'},
	{bytes: '\xf0\x9f\x98', text: '\ufffd\ufffd\ufffd'},
];

/** Node passes arguments as UTF-8 only, and a batch knows no escapes (makeargs, lib/utils.c): what one cannot express the other can. */
function say(namespace: TestNamespace, words: readonly string[]): void {
	// biome-ignore lint/suspicious/noControlCharactersInRegex: this is what ASCII is
	if (words.every((word) => /^[\x00-\x7f]*$/.test(word))) namespace.ip(words);
	else namespace.batch([words.map((word) => `"${word}"`).join(' ')]);
}

namespaceTest(
	'names of any bytes are carried into the payload as far as JSON can, and are escaped for a terminal',
	async (t, namespace) => {
		const {netmon, runtime} = await startWatch(t, namespace, {
			args: ['--output', 'human'],
		});
		for (const [number, {bytes, text = bytes}] of names.entries()) {
			say(namespace, ['link', 'add', 'name', bytes, 'group', '77', 'type', 'veth', 'peer', 'name', `p${number}_kata`]);
			namespace.ip(`link set p${number}_kata up`);
			say(namespace, ['link', 'set', 'dev', bytes, 'up']);
			const calls = await runtime.until(`the add of ${JSON.stringify(text)}`, (all) =>
				all.some((call) => call.op === 'add-iface' && Object(JSON.parse(call.text)).Name === text),
			);
			t.true(calls.some(({text: payload}) => Object(JSON.parse(payload)).Device === text));
		}
		namespace.ip('link del group 77');
		await runtime.until('their ends', (calls) => calls.filter(({op}) => op === 'del-iface').length === names.length);
		const added = runtime.calls.filter(({op}) => op === 'add-iface').map(({text}) => text);
		const deleted = runtime.calls.filter(({op}) => op === 'del-iface').map(({text}) => text);
		t.deepEqual([...deleted].sort(), [...added].sort());
		t.false(existsSync('x') || existsSync(join(runtime.folder, 'x')));
		await waitFor('the output', () => ['\\x1b[31m\\x07', 'a\\xff\\xfeb'].every((text) => netmon.stdout.includes(text)));
		// biome-ignore lint/suspicious/noControlCharactersInRegex: none may come through
		t.notRegex(netmon.stdout, /[\x00-\x08\x0b-\x1f\x7f\ufffd]/);
		t.is(await netmon.stop(), 0);
	},
);
