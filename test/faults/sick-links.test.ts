import type {ExecutionContext} from 'ava';
import {namespaceTest, type TestNamespace} from '../helpers/namespace.js';
import {programCommand, runToEnd, type Started, startWatch} from '../helpers/netmon.js';
import {guestAfter, summaryOf} from './consumer.js';
import {addressOf, hwaddrOf, linkCommands, makeLink} from './links.js';
import {type LogLine, logLines} from './log-lines.js';
import {StandIn} from './stand-in.js';

const passedThrough = (script: string) => `if printed=$("$real" -j $details $six $question </dev/null); then
printf '%s\\n' "$printed" | sed '${script}'
answered=yes
else failed=yes
fi`;

const withoutDetails = 'ip -d cannot show a link, it is read without its details';
const leftOut = 'ip cannot show a link, nothing is concluded about it';
const noneHasDetails = 'ip -d fails at every link, they are read without their details';

/** How `ip` fails at the link `sick0`, and the expected warning. */
const sicknesses = [
	{
		title: 'an address of an unknown family (sonic-buildimage#28025)',
		hook: passedThrough(
			`s/{"family":"inet","local":"${addressOf(66)}"/{"family_index":45,"local":"???","prefixlen":0,"scope":"global"},&/`,
		),
		warnings: [],
	},
	{
		title: 'a key of its details without a value (ERSPAN, iproute2 5.5 to 5.11)',
		hook: passedThrough('s/"linkinfo":{"info_kind":"ifb"/"linkinfo":{"info_kind":"erspan","info_data":{"erspan_ver":1,"erspan_index":}/'),
		warnings: [withoutDetails],
	},
	{
		title: 'details that are no JSON, with an open string and an open brace (k8s-snap#1820)',
		hook: passedThrough('s/"linkinfo":{"info_kind":"ifb"/"linkinfo":{"info_kind":"vxlan","info_data":{"id":"{/'),
		warnings: [withoutDetails],
	},
	{
		title: 'a death by SIGSEGV of each ip -d that would show it (iproute2#41)',
		hook: `case $details$question in
-daddr\\ show|-d*sick0*|-d*if66*) ! "$real" link show sick0 >/dev/null 2>&1 || kill -SEGV $$
esac`,
		warnings: [withoutDetails],
	},
	{
		title: 'a death by SIGSEGV of every ip -d while it is there',
		hook: `[ -z "$details" ] || ! "$real" link show sick0 >/dev/null 2>&1 || kill -SEGV $$`,
		warnings: [withoutDetails, noneHasDetails],
	},
	{
		title: 'no JSON with -d or without',
		hook: passedThrough('s/"ifname":"sick0"/&:/'),
		warnings: [leftOut],
	},
] as const;

function makeSick(namespace: TestNamespace): void {
	const address = `address ${hwaddrOf(66)}`;
	namespace.batch([`link add sick0 index 66 ${address} type ifb`, `addr add ${addressOf(66)}/24 dev sick0`, 'link set sick0 up']);
}

const atStart = [
	{name: 'a0', hwaddr: hwaddrOf(1)},
	{name: 'sick0', hwaddr: hwaddrOf(66)},
];

async function guestHas({runtime}: Started, interfaces: readonly string[], routes: readonly string[]): Promise<void> {
	await runtime.until(`${interfaces.join()} and ${routes.join()}`, (calls) => {
		const guest = guestAfter(calls, atStart);
		return [...guest.interfaces].sort().join() === interfaces.join() && (guest.routes ?? []).join() === routes.join();
	});
}

/** The log about links and routes that `ip` cannot show. */
const warningsOf = ({netmon}: Started): LogLine[] => logLines(netmon).filter(({msg}) => /^ip (?:-d )?(?:cannot|fails)/.test(String(msg)));

/** All links are watched, the sick one without details. There is one warning that names it, or none. */
async function watchesTheRest(t: ExecutionContext, namespace: TestNamespace, started: Started, allowed: readonly string[]): Promise<void> {
	namespace.ip('link del a0');
	makeLink(namespace, 'a1', 2);
	namespace.ip('route add 10.9.0.0/16 via 10.100.2.1');
	await guestHas(started, ['a1', 'sick0'], ['10.9.0.0/16']);
	const added = started.runtime.calls.find(({op}) => op === 'add-iface')?.text;
	t.like(JSON.parse(added ?? '{}'), {Name: 'a1', LinkType: 'veth', HwAddr: hwaddrOf(2)});
	// Wait through several looks in which nothing changes for the sick one.
	namespace.batch([...Array(5).keys()].flatMap((number) => linkCommands(`m${number}`, 10 + number)));
	const many = [...Array(5).keys()].map((number) => `m${number}`);
	await guestHas(started, ['a1', ...many, 'sick0'], ['10.9.0.0/16']);
	t.deepEqual(
		summaryOf(started.runtime.calls).filter((call) => call.includes('sick0')),
		[],
		'it has never gone',
	);
	const warned = warningsOf(started).map(({msg}) => msg);
	t.is(warned.length, allowed.length === 0 ? 0 : 1, JSON.stringify(warningsOf(started)));
	t.true(warned.every((message) => allowed.some((text) => text === message)));
	const [named] = warningsOf(started).filter(({msg}) => msg !== noneHasDetails);
	if (named !== undefined) t.like(named, {ifname: 'sick0', ifindex: 66});
	namespace.ip('link del sick0');
	await guestHas(started, ['a1', ...many], ['10.9.0.0/16']);
	t.is(await started.netmon.stop(), 0);
}

for (const {title, hook, warnings} of sicknesses) {
	if (!warnings.some((message) => message === leftOut)) {
		namespaceTest(`a link with ${title}: at the start all others are still watched, and it is watched too`, async (t, namespace) => {
			const standIn = new StandIn(t, 'ip-with-hook');
			standIn.write('hook', hook);
			makeLink(namespace, 'a0', 1);
			makeSick(namespace);
			const started = await startWatch(t, namespace, {env: standIn.env, args: ['--interval', '300ms']});
			await watchesTheRest(t, namespace, started, warnings);
		});
	}

	namespaceTest(`a link with ${title}, which comes while netmon runs: all others are still watched`, async (t, namespace) => {
		const standIn = new StandIn(t, 'ip-with-hook');
		makeLink(namespace, 'a0', 1);
		makeSick(namespace);
		const started = await startWatch(t, namespace, {env: standIn.env, args: ['--interval', '300ms']});
		standIn.write('hook', hook);
		await watchesTheRest(t, namespace, started, warnings);
	});

	namespaceTest(`a link with ${title}: snapshot shows all others, and exits with 0`, async (t, namespace) => {
		const standIn = new StandIn(t, 'ip-with-hook');
		standIn.write('hook', hook);
		makeLink(namespace, 'a0', 1);
		makeSick(namespace);
		const [file, args] = programCommand('netmon', ['snapshot', '--json']);
		const {code, stdout, stderr} = await runToEnd(namespace.command(file, args), standIn.env);
		t.is(code, 0, stderr);
		const {interfaces} = JSON.parse(stdout);
		const names: unknown[] = interfaces.map((link: object) => Object(link).ifname);
		t.deepEqual(
			names.filter((name) => name !== 'sick0'),
			['lo', 'a0', 'a0_kata'].sort((a, b) => names.indexOf(a) - names.indexOf(b)),
		);
		const isShown = !warnings.some((message) => message === leftOut);
		t.is(names.includes('sick0'), isShown);
		if (isShown) t.regex(stdout, new RegExp(`"ifname":"sick0".*"local":"${addressOf(66)}"`));
		const lines = stderr.split('\n').slice(0, -1);
		t.is(lines.length, warnings.length === 0 ? 0 : 1, stderr);
		if (lines[0] !== undefined && !lines[0].includes(noneHasDetails)) t.regex(lines[0], /^Warning: .*sick0/);
	});
}

namespaceTest('a snapshot of which nothing can be read exits with 2', async (t, namespace) => {
	const standIn = new StandIn(t, 'ip-with-hook');
	standIn.write('hook', passedThrough('s/"ifname":"/&:"/g'));
	const [file, args] = programCommand('netmon', ['snapshot']);
	t.is((await runToEnd(namespace.command(file, args), standIn.env)).code, 2);
});

namespaceTest(
	'a route that cannot be read is left out with one warning, the others are told; what is known of it stays',
	async (t, namespace) => {
		const standIn = new StandIn(t, 'ip-with-hook');
		makeLink(namespace, 'a0', 1);
		namespace.ip('route add 10.7.0.0/16 via 10.100.1.1');
		const started = await startWatch(t, namespace, {env: standIn.env, args: ['--interval', '300ms']});
		standIn.write('hook', passedThrough('s/"dst":"10.7.0.0\\/16",/&"metric":,/'));
		namespace.ip('route add 10.9.0.0/16 via 10.100.1.1');
		await started.runtime.until('both routes', (calls) => guestAfter(calls).routes?.join() === '10.7.0.0/16,10.9.0.0/16');
		standIn.remove('hook');
		namespace.ip('route del 10.7.0.0/16');
		await started.runtime.until('one route', (calls) => guestAfter(calls).routes?.join() === '10.9.0.0/16');
		t.is(warningsOf(started).length, 1, JSON.stringify(warningsOf(started)));
		t.like(warningsOf(started)[0], {msg: 'ip cannot show a route, nothing is concluded about it', dst: '10.7.0.0/16'});
		t.is(await started.netmon.stop(), 0);
	},
);
