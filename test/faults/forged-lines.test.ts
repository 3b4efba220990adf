import {namespaceTest} from '../helpers/namespace.js';
import {startWatch} from '../helpers/netmon.js';
import {summaryOf} from './consumer.js';
import {addressOf, hwaddrOf, linkCommands} from './links.js';
import {StandIn} from './stand-in.js';

/** Each event of the link `forger` brings these lines, as an alternative name with newlines would. */
const forge = (lines: readonly string[]) => `setpriv --pdeathsig KILL "$real" "$@" | setpriv --pdeathsig KILL sed -u '/^\\[LINK\\]77: /{
${lines.map((line) => `a\\\n${line.replaceAll('\\', '\\\\')}`).join('\n')}
}'
exit`;

const deletion = (name: string) =>
	`[LINK]Deleted 50: ${name}: <BROADCAST> mtu 1500 qdisc noop state DOWN group default \\    link/ether 02:00:00:00:00:01`;

namespaceTest(
	'a forged line about a deletion, under the link’s name or another, has no effect; a real deletion has',
	async (t, namespace) => {
		const standIn = new StandIn(t, 'ip-with-monitor');
		standIn.write('monitor', forge([deletion('a0'), deletion('nope')]));
		const commands = linkCommands('a0', 1).map((line) => line.replace('link add a0', 'link add a0 index 50'));
		namespace.batch([...commands, 'link add forger index 77 type ifb']);
		const started = await startWatch(t, namespace, {env: standIn.env, args: ['--interval', '10m', '--on-change', 'replace']});
		for (const mtu of [1400, 1300, 1200]) {
			namespace.ip(`link set forger mtu ${mtu}`);
			await started.fence();
		}
		const interfaces = () => summaryOf(started.runtime.calls).filter((call) => call.includes('iface'));
		t.deepEqual(interfaces(), []);
		namespace.batch(['link del a0', ...commands]);
		await started.runtime.until('the delete and the add', () => interfaces().join().startsWith('del-iface a0,add-iface a0'));
		await started.fence();
		namespace.ip('link set forger mtu 1100');
		namespace.ip('link del a0');
		await started.runtime.until('the delete', () => interfaces().length % 2 === 1 && interfaces().at(-1) === 'del-iface a0');
		// The kernel's last line about the old link may follow a forged deletion, and then looks like a link that was made again: who may forge
		// may also delete.
		t.regex(interfaces().join(), /^(del-iface a0,add-iface a0,){1,2}del-iface a0$/);
		t.is(await started.netmon.stop(), 0);
	},
);

for (const other of ['no link is called a', 'another link is called a', 'another link is called b']) {
	namespaceTest(`a link named a@b is told at once, even if ${other}`, async (t, namespace) => {
		const started = await startWatch(t, namespace, {args: ['--interval', '10m']});
		if (other.endsWith('called a') && !other.startsWith('no')) namespace.ip('link add name a type ifb');
		if (other.endsWith('called b')) namespace.ip('link add name b type ifb');
		namespace.batch([`link add a@b address ${hwaddrOf(1)} type ifb`, `addr add ${addressOf(1)}/24 dev a@b`, 'link set a@b up']);
		await started.runtime.until('the add', (calls) => summaryOf(calls).includes('add-iface a@b'));
		namespace.ip('link set dev a@b mtu 1400');
		namespace.ip('link del a@b');
		await started.runtime.until('the delete', (calls) => summaryOf(calls).includes('del-iface a@b'));
		t.is(await started.netmon.stop(), 0);
	});
}
