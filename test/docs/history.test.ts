import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {scratch} from '../helpers/journals.js';
import {linkStatesSet} from '../helpers/link-states.js';
import {namespaceTest} from '../helpers/namespace.js';
import {programCommand, Running, root, runToEnd, testIp} from '../helpers/netmon.js';
import {vethPair} from '../helpers/story.js';
import {waitFor} from '../helpers/wait.js';

const page = readFileSync(`${root}docs/history.md`, 'utf8');

const blocks = (language: string) =>
	[...page.matchAll(new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\``, 'gm'))].map(([, text = '']) => text);

/** The words of the one command that begins so. */
function wordsOf(start: string): string[] {
	const [line, ...others] = blocks('sh')
		.flatMap((block) => block.split('\n'))
		.filter((each) => each.startsWith(`netmon ${start}`));
	if (line === undefined || others.length > 0) throw new Error(`not one command that starts with ${start}`);
	return line.split(' ').slice(1);
}

/** Without times, and without the date that stands above what happened before midnight. */
const lines = (stdout: string) => stdout.replaceAll(/^(?:\d\d:\d\d:\d\d\.\d{3} |[\d-]{10}\n)/gm, '');

namespaceTest('docs/history.md: what log and diff say of a journal is what the page shows', async (t, namespace) => {
	const journal = join(scratch(t), 'journal');
	const env = {...testIp, NETMON_JOURNAL: journal};
	const run = (words: readonly string[]) => namespace.command(...programCommand('netmon', words));
	namespace.batch([...vethPair('eth0', '192.0.2.2/24'), 'route add default via 192.0.2.1']);
	await linkStatesSet(namespace);
	const netmon = new Running(run(wordsOf('watch --journal').map((word) => word.replace('/var/log/netmon', journal))), testIp);
	t.teardown(() => void netmon.child.kill('SIGKILL'));
	await waitFor('what is there', () => netmon.stdout.includes('ready'));
	const before = new Date().toISOString();
	// First, while no look is under way: it would see one half of the change, and the next look the other.
	namespace.ip('addr del 192.0.2.2/24 dev eth0');
	await waitFor('the end of its routes', () => netmon.stdout.includes('- route  192.0.2.0/24'));
	namespace.ip('link set eth0 mtu 1400');
	await waitFor('the mtu', () => netmon.stdout.includes('1400'));
	t.is(await netmon.stop(), 0);
	const [logged = 'nothing', differs = 'nothing'] = blocks('text');
	t.is(lines((await runToEnd(run(wordsOf('log')), env)).stdout), logged);
	const diff = await runToEnd(run(wordsOf('diff').map((word) => word.replace('@-10m', `@${before}`))), env);
	t.is(diff.stdout, differs, diff.stderr);
});
