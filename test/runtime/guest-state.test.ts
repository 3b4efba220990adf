import test from 'ava';
import {readGuestState} from '../../src/runtime/guest-state.js';

const own = {interfaces: [{name: 'eth0', hwaddr: '02:00:00:00:00:01', addresses: ['10.0.0.2/24']}], routes: ['default']};

test('a guest by ip -j addr and ip -j route, one document after the other; what its kernel makes is left out', (t) => {
	const addr = [
		{ifname: 'lo', address: '00:00:00:00:00:00', addr_info: []},
		{ifname: 'eth0', address: '02:00:00:00:00:01', addr_info: [{family: 'inet', local: '10.0.0.2', prefixlen: 24}]},
	];
	const routes = [
		{dst: 'default', gateway: '10.0.0.1', dev: 'eth0'},
		{dst: '10.0.0.0/24', dev: 'eth0', protocol: 'kernel'},
	];
	t.deepEqual(readGuestState(`${JSON.stringify(addr)}\n${JSON.stringify(routes)}\n`), own);
	t.deepEqual(readGuestState(`${JSON.stringify(addr, undefined, 2)}${JSON.stringify(routes)}`), own);
});

test('a guest by list-ifaces and list-routes of kata-runtime', (t) => {
	const ifaces = [{Device: 'eth0', Name: 'eth0', IPAddresses: [{Family: 2, Address: '10.0.0.2', Mask: '24'}], HwAddr: '02:00:00:00:00:01'}];
	t.deepEqual(readGuestState(`${JSON.stringify(ifaces)}[{"Dest":"default","Gateway":"10.0.0.1"}]`), own);
});

for (const [text, message] of [
	['{"a":[]}', 'it prints JSON that is not a list'],
	['[1]', 'it prints a list whose entries are not objects'],
	['[{"x":1}]', 'it prints an entry that is neither an interface nor a route'],
	['[] rubbish', 'it prints something that is not JSON'],
] as const) {
	test(`what is no guest is refused: ${text}`, (t) => {
		t.throws(() => readGuestState(text), {message});
	});
}

test('names with brackets and quotes end no document', (t) => {
	const addr = [{ifname: ']"[', address: '', addr_info: []}];
	t.is(readGuestState(JSON.stringify(addr) + JSON.stringify(addr)).interfaces.length, 2);
});
