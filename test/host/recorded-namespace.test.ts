import test from 'ava';
import type {AnyDump, Moment, Recorded} from '../../src/host/recorded.js';
import {RecordedNamespace} from '../../src/host/recorded-namespace.js';
import {bareLink} from '../../src/model/link.js';
import type {MonitorEvent} from '../../src/probe/monitor/monitor-line.js';
import {inet, makeLink, makeRoute} from '../helpers/records.js';

const when = (at: number): Moment => ({at, wall: '2026-11-26T12:00:00.000Z'});
const line = (at: number, event: Partial<MonitorEvent>): Recorded => ({
	...when(at),
	what: 'events',
	monitor: 1,
	events: [{kind: 'link', deleted: false, ...event}],
});
let ids = 0;
const asked = (at: number, question: string, entries: AnyDump['entries'], complete = true): Recorded[] => {
	ids += 1;
	return [
		{...when(at), what: 'ask', id: ids, question},
		{...when(at + 5), what: 'answer', id: ids, dump: {entries, complete}},
	];
};

const eth0 = makeLink(2, {ifname: 'eth0', addr_info: [inet('10.0.0.2')]});
const changed = {...eth0, mtu: 1400};
const start = [...asked(0, 'links', [eth0]), ...asked(0, 'routes inet', [makeRoute('default')])];

/** What is there at each of these times. */
function at<Seen>(lines: readonly Recorded[], times: readonly number[], see: (namespace: RecordedNamespace) => Seen): Seen[] {
	const namespace = new RecordedNamespace([...start, ...lines]);
	return times.map((time) => {
		namespace.passTo(time);
		return see(namespace);
	});
}

const mtus = (namespace: RecordedNamespace) => namespace.links().entries.map(({mtu}) => mtu);

test('an answer holds from the first line about its link since the question before it', (t) => {
	const lines = [line(100, {ifindex: 3}), line(110, {ifindex: 2}), line(120, {ifindex: 2}), ...asked(150, 'link eth0', [changed])];
	t.deepEqual(at(lines, [0, 109, 110, 200], mtus), [[1500], [1500], [1400], [1400]]);
});

test('where no line has announced it, an answer holds from its question on', (t) => {
	t.deepEqual(at([line(100, {ifindex: 3}), ...asked(150, 'links', [changed])], [149, 150], mtus), [[1500], [1400]]);
});

test('routes go with any line but those of other tables', (t) => {
	const dsts = (namespace: RecordedNamespace) => namespace.routes('inet').entries.map(({dst}) => dst);
	const gone = asked(150, 'routes inet', []);
	t.deepEqual(at([line(100, {kind: 'route', table: '100'}), line(110, {ifindex: 7}), ...gone], [100, 109, 110], dsts), [
		['default'],
		['default'],
		[],
	]);
	t.deepEqual(
		at([line(100, {kind: 'route'}), ...asked(150, 'routes inet', [], false)], [200], dsts),
		[['default']],
		'an interrupted answer',
	);
});

test('a link is gone where nothing has its index, not where nothing has its name', (t) => {
	t.deepEqual(at([line(100, {ifindex: 2}), ...asked(150, 'link eth0', [])], [200], mtus), [[1500]]);
	t.deepEqual(at([line(100, {ifindex: 2, deleted: true}), ...asked(150, 'link if2', [])], [99, 100], mtus), [[1500], []]);
	t.deepEqual(at([...asked(150, 'links', [])], [149, 150], mtus), [[1500], []]);
	t.deepEqual(at([...asked(150, 'links', [], false)], [150], mtus), [[1500]], 'an interrupted answer');
});

test('an answer without addresses leaves those that are known', (t) => {
	const lines = [line(100, {ifindex: 2}), ...asked(150, 'bare link eth0', [bareLink(changed)])];
	t.deepEqual(
		at(lines, [200], (namespace) => namespace.link('eth0').entries),
		[[changed]],
	);
	t.deepEqual(
		at(lines, [200], (namespace) => [namespace.link('if2').entries, namespace.bareLink('eth0').entries, namespace.link('eth1').entries]),
		[[[changed], [bareLink(changed)], []]],
	);
});

test('a part begins with what is there, and has the answers to what was open', (t) => {
	const [question, answer] = asked(90, 'link eth0', [changed]);
	const picture: Recorded = {...when(100), what: 'picture', links: [eth0], routes: [{family: 'inet', routes: []}]};
	const namespace = new RecordedNamespace([picture, ...[question, answer].filter((each) => each !== undefined)]);
	namespace.passTo(100);
	t.deepEqual(mtus(namespace), [1400]);
});
