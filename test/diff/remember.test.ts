import test from 'ava';
import {changesMemory, recallTable} from '../../src/diff/remember.js';
import type {TrackedLink} from '../../src/model/interface-table.js';
import type {SandboxState} from '../../src/model/state.js';
import {planSteps} from '../helpers/plan-steps.js';
import {defaultRules, loopback, makeLink, told, wishesOf} from '../helpers/records.js';

const [four, five] = [makeLink(4), makeLink(5)];
const state: SandboxState = {
	announced: {interfaces: [told(4), told(5)], routes: 'same', routesOwed: false},
	links: [four, five].map(({ifindex, address, link_kind}) => ({
		ifindex,
		incarnation: 0,
		hwaddr: address,
		kind: link_kind,
		sinceStart: false,
	})),
	serial: 3,
};

function stepsAfter(...args: Parameters<typeof recallTable>): string[] {
	const table = recallTable(...args);
	return planSteps(wishesOf(table, state.announced.interfaces, defaultRules, 1000), state.announced, 'same').map(({op}) => op);
}

test('story 22: after a restart a link that ip cannot show is as it was announced, and nothing is called', (t) => {
	t.deepEqual(stepsAfter([loopback, four], [{ifindex: 5}], state, 3, 0), []);
	t.deepEqual(stepsAfter([loopback, four], [{}], state, 3, 0), [], 'one without an index may be any');
	t.deepEqual(stepsAfter([loopback, four], [{ifindex: 9}], state, 3, 0), ['del-iface'], 'that is another link');
});

test('after a restart a link that is gone is deleted, and one with another hardware address is another link', (t) => {
	t.deepEqual(stepsAfter([loopback, four], [], state, 3, 0), ['del-iface']);
	const other = makeLink(5, {address: '02:00:00:00:00:ff'});
	t.deepEqual(stepsAfter([loopback, four, other], [], state, 3, 0), ['del-iface', 'add-iface']);
});

test('only what is remembered of a link is a reason to save it: its identity, kind and hardware address, not its state', (t) => {
	const tracked: TrackedLink = {link: four, incarnation: 1, sinceStart: true, changedAt: 0};
	const table = new Map([[4, tracked]]);
	const changes = (after: TrackedLink | undefined, before: TrackedLink | undefined = tracked) =>
		changesMemory([{ifindex: 4, before, after}], table);
	t.false(changesMemory([], table));
	t.false(changes({...tracked, changedAt: 1, link: {...four, mtu: 1400, operstate: 'DOWN', flags: []}}));
	t.true(changes({...tracked, link: {...four, address: '02:00:00:00:00:ff'}}));
	t.true(changes({...tracked, link: {...four, link_kind: 'bridge'}}));
	t.true(changes({...tracked, incarnation: 2}));
	t.true(changes({...tracked, doubtful: true}));
	t.true(changes(undefined));
	t.false(changesMemory([{ifindex: 5, before: undefined, after: {...tracked, sinceStart: false}}], table), 'it is not announced yet');
	t.true(changesMemory([], new Map([[4, {...tracked, doubtful: true}]])), 'it may have been confirmed since');
});
