import test from 'ava';
import {topologyOf} from '../../../src/report/graph/topology.js';
import {makeLink} from '../../helpers/records.js';
import {drawn, far} from './drawn.js';

/** How many pairs of a bridge with so many namespaces are of each length. */
function lengthsWith(count: number): Record<number, number> {
	const ports = Array.from({length: count}, (_, n) => far(10 + n, 2, n, {master: 'br0'}));
	const host = drawn('host', [makeLink(3, {ifname: 'br0', link_kind: 'bridge'}), ...ports]);
	const {lines} = topologyOf([host, ...ports.map(({ifindex}) => drawn(`pod ${ifindex}`, [far(2, ifindex, 0)]))]);
	const counts: Record<number, number> = {};
	for (const {kind, length} of lines) if (kind === 'pair') counts[length] = (counts[length] ?? 0) + 1;
	return counts;
}

test('a few namespaces at one bridge are one column, many are spread over several', (t) => {
	t.deepEqual(lengthsWith(3), {1: 3});
	t.deepEqual(lengthsWith(12), {1: 6, 2: 6});
	t.deepEqual(lengthsWith(60), {1: 15, 2: 15, 3: 15, 4: 15});
});

test('pairs within a namespace stay short', (t) => {
	const links = Array.from({length: 40}, (_, n) => makeLink(10 + n, {link: `v${10 + (n ^ 1)}`}));
	t.deepEqual([...new Set(topologyOf([drawn('web', links)]).lines.map(({length}) => length))], [1]);
});
