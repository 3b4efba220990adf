import test from 'ava';
import {Random} from '../chaos/random.js';
import {makeNamespace, namespaceTest} from '../helpers/namespace.js';
import {vethPair} from '../helpers/story.js';
import {type FurnishedInterface, furnish, refusals} from './furnished-guest.js';
import {type GivenRoute, GuestKernel} from './guest-kernel.js';

const eth1: FurnishedInterface = {
	name: 'eth1',
	here: 'eth1',
	hwaddr: '02:00:00:00:00:01',
	mtu: 1500,
	addresses: ['10.1.0.2/24', 'fd00:1::2/64'],
};
const eth2: FurnishedInterface = {
	name: 'eth2',
	here: 'eth2',
	hwaddr: '02:00:00:00:00:02',
	mtu: 1400,
	addresses: ['10.2.0.2/16', '10.7.0.1/32'],
};
const route = (dest: string, gateway = '', more: Partial<GivenRoute> = {}): GivenRoute => ({
	dest,
	gateway,
	device: 'eth1',
	source: '',
	scope: 0,
	...more,
});

namespaceTest('a furnished guest tells what it is refused, and where it goes another way', async (t, namespace) => {
	namespace.batch([
		...vethPair('eth1', '10.1.0.2/24'),
		...vethPair('eth2', '10.2.0.2/16'),
		'route add default via 10.1.0.1',
		'route add 10.9.0.0/16 via 10.2.0.1',
	]);
	const good = [route('', '10.1.0.1'), route('10.9.0.0/16', '10.2.0.1', {device: 'eth2'})];
	t.deepEqual(await furnish(namespace, [eth1, eth2], good, ['inet']), []);
	t.regex(
		(await furnish(namespace, [eth1, eth2], [...good, route('10.8.0.0/16', '169.254.1.1')], ['inet']))[0] ?? '',
		/refuses .*10\.8\.0\.0/,
	);
	t.regex(
		(await furnish(namespace, [eth1, eth2], good.slice(0, 1), ['inet']))[0] ?? '',
		/to 10\.9\.0\.6 .* eth2 10\.2\.0\.1, and the guest by eth1 10\.1\.0\.1/,
	);
	t.regex(
		(await furnish(namespace, [eth1, eth2], [route('', '10.1.0.9')], ['inet']))[0] ?? '',
		/eth1 10\.1\.0\.1, and the guest by eth1 10\.1\.0\.9/,
	);
});

const destinations4 = ['', '10.1.0.0/24', '10.2.0.0/16', '10.9.0.0/16', '10.9.1.0/24', '169.254.1.1/32', '10.7.0.2/32'];
const gateways4 = ['', '', '10.1.0.1', '10.2.0.1', '169.254.1.1', '10.7.0.2', '10.1.0.255', '10.1.0.2', '10.9.0.1'];
const destinations6 = ['fd00:1::/64', 'fd00:9::/64', 'fd00:9::1/128', '2001:db8::/32', 'fd00::/16', '::/0'];
const gateways6 = ['', '', 'fe80::1', 'fd00:1::1', 'fd00:1::2', 'fd00:9::1', '2001:db8::1'];
const sources = ['', '', '', '10.1.0.2', '10.7.0.1', '10.99.0.1'];

namespaceTest('the pure guest refuses what a kernel refuses, and nothing else', async (t) => {
	const rng = new Random(7);
	const guest = await makeNamespace();
	t.teardown(() => guest.close());
	const interfaces = [eth1, eth2];
	const refused = refusals(guest, interfaces);
	let count = 0;
	for (let round = 0; round < 25; round += 1) {
		const list = Array.from({length: 6}, (): GivenRoute => {
			const six = rng.chance(0.4);
			const dest = rng.pick(six ? destinations6 : destinations4) ?? '';
			const gateway = rng.pick(six ? gateways6 : gateways4) ?? '';
			const source = six ? '' : (rng.pick(sources) ?? '');
			const scope = six || gateway !== '' ? 0 : rng.oneOf(0, 253, 253);
			return {dest, gateway, device: rng.oneOf('eth1', 'eth1', 'eth2', 'eth9'), source, scope};
		});
		const actual = refused(list);
		const expected = new GuestKernel(interfaces).update(list).filter((refusal) => !refusal.endsWith('though forgiven'));
		const routesOf = (texts: readonly string[]) => texts.map((text) => /\{.*\}/.exec(text)?.[0]);
		t.deepEqual(routesOf(actual), routesOf(expected), `${JSON.stringify(list)}\n${actual.join('\n')}\n${expected.join('\n')}`);
		count += actual.length;
	}
	t.true(count > 30, `${count} refusals`);
});

test('the pure guest goes the narrowest way, and of several networks by the lowest metric', (t) => {
	const kernel = new GuestKernel([eth1, eth2]);
	t.deepEqual(
		kernel.update([
			route('', '10.1.0.1'),
			route('10.9.0.0/16', '10.2.0.1', {device: 'eth2'}),
			route('fd00:1::/64', 'fe80::1', {device: 'eth2'}),
		]),
		[],
	);
	t.deepEqual(kernel.wayTo('10.9.0.7'), {device: 'eth2', gateway: '10.2.0.1'});
	t.deepEqual(kernel.wayTo('192.0.2.1'), {device: 'eth1', gateway: '10.1.0.1'});
	t.deepEqual(kernel.wayTo('fd00:1::9'), {device: 'eth1', gateway: ''}, 'the kernel’s own has a lower metric');
	t.is(kernel.wayTo('2001:db8::1'), undefined);
});
