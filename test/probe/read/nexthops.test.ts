import test from 'ava';
import type {Route} from '../../../src/model/route.js';
import {NexthopResolver} from '../../../src/probe/read/nexthops.js';
import {SnapshotReader} from '../../../src/probe/read/snapshot.js';
import {AnsweringQueries} from '../../helpers/answering-queries.js';
import {makeRoute} from '../../helpers/records.js';

/** As ip 6.1 prints them, with nexthop_compat_mode=0. */
const bare = (dst: string, nhid: number) =>
	`{"type":"unicast","dst":"${dst}","nhid":${nhid},"protocol":"boot","scope":"global","flags":[],"nh_info":{"id":${nhid}}}`;
const objects = [
	'{"id":7,"gateway":"10.1.0.1","dev":"eth1","scope":"link","protocol":"unspec","flags":[]}',
	'{"id":8,"gateway":"10.1.0.3","dev":"eth\\"2","scope":"link","protocol":"unspec","flags":["onlink","linkdown"]}',
	'{"id":9,"group":[{"id":7,"weight":3},{"id":8}],"scope":"global","protocol":"unspec","flags":[]}',
	'{"id":11,"gateway":"fd00::1","dev":"eth1","scope":"link","protocol":"unspec","flags":[]}',
	'{"id":12,"dev":"eth1","scope":"host","protocol":"unspec","flags":[]}',
	'{"id":13,"group":[{"id":7},{"id":99}],"flags":[]}',
];
const list = (...entries: string[]) => `[${entries.join(',')}]`;

async function readOne(nhid: number, family: 'inet' | 'inet6' = 'inet'): Promise<unknown> {
	const reader = new SnapshotReader(new AnsweringQueries(list(bare('10.9.0.0/16', nhid)), list(...objects)));
	const {entries, complete} = await reader.readRoutes(family);
	const [route] = entries;
	if (!complete || route === undefined) return undefined;
	const {gateway, via, dev, nexthops, flags} = route;
	// JSON leaves out undefined values.
	const hops: unknown = JSON.parse(JSON.stringify({gateway, via, dev, nexthops, flags}));
	return hops;
}

test('story 25: a route that has a nexthop object and neither gateway nor device has those of the object', async (t) => {
	t.deepEqual(await readOne(7), {gateway: '10.1.0.1', dev: 'eth1', flags: []});
	t.deepEqual(await readOne(12), {dev: 'eth1', flags: []});
	t.deepEqual(await readOne(8), {gateway: '10.1.0.3', dev: 'eth"2', flags: ['onlink', 'linkdown']});
});

test('story 25: an IPv4 route by a nexthop object of IPv6 has a gateway of the other family, an IPv6 one has not', async (t) => {
	t.deepEqual(await readOne(11), {via: {family: 'inet6', host: 'fd00::1'}, dev: 'eth1', flags: []});
	t.deepEqual(await readOne(11, 'inet6'), {gateway: 'fd00::1', dev: 'eth1', flags: []});
});

test('story 25: a route by a group has the members of the group with their weights, and not those that are gone', async (t) => {
	t.deepEqual(await readOne(9), {
		flags: [],
		nexthops: [
			{gateway: '10.1.0.1', dev: 'eth1', weight: 3, flags: []},
			{gateway: '10.1.0.3', dev: 'eth"2', weight: 1, flags: ['onlink', 'linkdown']},
		],
	});
	t.deepEqual(await readOne(13), {flags: [], nexthops: [{gateway: '10.1.0.1', dev: 'eth1', weight: 1, flags: []}]});
});

test('a route whose nexthop object is not there any more makes the answer incomplete, and is not in it without its next hops', async (t) => {
	const reader = new SnapshotReader(new AnsweringQueries(list(bare('10.9.0.0/16', 99), bare('10.8.0.0/16', 7)), list(...objects)));
	const {entries, complete} = await reader.readRoutes('inet');
	t.false(complete);
	t.deepEqual(
		entries.map(({dst}) => dst),
		['10.8.0.0/16'],
	);
});

test('nexthop objects are read only if a route lacks its next hops', async (t) => {
	const whole =
		'{"type":"unicast","dst":"10.9.0.0/16","nhid":7,"gateway":"10.1.0.1","dev":"eth1","protocol":"boot","scope":"global","flags":[]}';
	const hole = '{"type":"blackhole","dst":"10.8.0.0/16","nhid":10,"protocol":"boot","scope":"global","flags":[]}';
	const queries = new AnsweringQueries(list(whole, hole));
	await new SnapshotReader(queries).readRoutes('inet');
	t.deepEqual(queries.asked, ['ip -j -d route show table main']);
	const lacking = new AnsweringQueries(list(bare('10.9.0.0/16', 7)), list(...objects));
	await new SnapshotReader(lacking).readRoutes('inet6');
	t.deepEqual(lacking.asked, ['ip -j -d -6 route show table main', 'ip -j -d nexthop show']);
});

test('what has not changed is the very same object, and what has is not', (t) => {
	const resolver = new NexthopResolver();
	const [one, two, three] = [makeRoute('10.9.0.0/16'), {...makeRoute('10.8.0.0/16'), nhid: 7}, {...makeRoute('10.7.0.0/16'), nhid: 12}];
	const strip = ({dev: _, ...route}: Route): Route => route;
	const routes = [one, strip(two), strip(three)];
	const bytes = Buffer.from(list(...objects));
	const first = resolver.resolve(routes, bytes, 'q').entries;
	t.is(first[0], one);
	t.is(resolver.resolve(routes, Buffer.from(bytes), 'q').entries, first);
	const later = resolver.resolve(routes.slice(1), bytes, 'q').entries;
	t.is(later[0], first[1]);
	const changed = resolver.resolve(routes, Buffer.from(list(...objects).replace('10.1.0.1', '10.1.0.9')), 'q').entries;
	t.is(changed[1]?.gateway, '10.1.0.9');
});
