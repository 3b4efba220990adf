import {type EventChoice, eventFilter} from '../../src/diff/event-filter.js';
import {EventFeed, type FeedOptions} from '../../src/host/event-feed.js';
import type {Event} from '../../src/model/event.js';
import type {Link} from '../../src/model/link.js';
import {parseMonitorLine} from '../../src/probe/monitor/monitor-line.js';
import {linksDelta, lookBy, routesDelta, startDelta} from './deltas.js';
import {HeldClock} from './held-clock.js';
import {inet, inet6, loopback, makeLink, makeRoute, tableOf} from './records.js';
import {mistakeOf} from './schemas.js';

/** A feed on a held clock. Its events are checked against the schema and kept. */
export class TestFeed {
	readonly clock = new HeldClock();
	readonly events: Event[] = [];
	readonly feed: EventFeed;
	readonly faults: unknown[] = [];

	constructor(choice: EventChoice = {}, more: Partial<Pick<FeedOptions, 'netns' | 'dryRun' | 'later'>> = {}) {
		this.feed = new EventFeed({
			...more,
			filter: eventFilter(choice),
			clock: this.clock,
			onFault: (error) => this.faults.push(error),
			now: () => new Date(Date.UTC(2026, 10, 26, 12, 3, 4, 123) + this.clock.now()),
			sinks: [
				{
					take: (event) => {
						const mistake = mistakeOf('event', JSON.parse(JSON.stringify(event)));
						this.events.push(event);
						if (mistake !== undefined) this.faults.push(mistake);
					},
				},
			],
		});
	}

	/** Lines of the monitor. */
	hears(...lines: readonly string[]): void {
		this.feed.heard(lines.flatMap((line) => parseMonitorLine(line) ?? []));
	}
}

const eth0 = makeLink(2, {ifname: 'eth0', addr_info: [inet('10.0.0.2'), inet6('fd00::2')]});
const network = makeRoute('10.0.0.0/24', {dev: 'eth0', protocol: 'kernel', scope: 'link', prefsrc: '10.0.0.2'});
const gateway = makeRoute('default', {dev: 'eth0', gateway: '10.0.0.1'});
const down = (link: Link): Link => ({...link, flags: ['BROADCAST', 'MULTICAST'], operstate: 'DOWN'});

/** A story with nearly every kind of event. docs/events.md takes its examples from it. */
export async function tellStory(test: TestFeed): Promise<void> {
	const {feed, clock} = test;
	feed.namespace('found');
	feed.looked(startDelta({table: tableOf(loopback, eth0), routes: new Map([['inet', [gateway, network]]])}), lookBy('start'));
	await clock.pass(1000);
	const smaller = {...eth0, mtu: 1400};
	feed.looked(linksDelta([eth0, smaller]), lookBy());
	const other = {...gateway, gateway: '10.0.0.9'};
	feed.looked(routesDelta([gateway], [other]), lookBy());
	await clock.pass(500);
	const stopped = down({...smaller, addr_info: [inet('10.0.0.2')]});
	feed.looked(linksDelta([smaller, stopped]), lookBy());
	feed.looked(routesDelta([other, network], []), lookBy());
	await clock.pass(500);
	const renamed = {...stopped, ifname: 'wan', addr_info: [{...inet('10.0.0.2'), deprecated: true as const}]};
	feed.looked(linksDelta([stopped, renamed]), lookBy());
	feed.called({
		op: 'add-iface',
		ok: false,
		attempt: 2,
		durationMs: 3.25,
		payload: '{"Device":"veth1"}',
		ifindex: 3,
		ifname: 'veth1',
		reason: 'exit code 1',
		stderr: 'cannot attach\nno such sandbox\n',
		retryInMs: 400,
	});
	feed.looked(linksDelta([undefined, makeLink(3, {ifname: 'veth1', addr_info: [{...inet6('fd01::3'), tentative: true}]})]), lookBy());
	feed.looked(routesDelta([], [makeRoute('10.9.0.0/16', {dev: 'veth1', metrics: [{mtu: 1400}]})]), lookBy());
	for (let n = 0; n < 20; n += 1) test.hears('[ROUTE]10.8.0.0/16 dev lo scope link ', '[ROUTE]Deleted 10.8.0.0/16 dev lo scope link ');
	feed.looked({links: [], routes: new Map()}, lookBy());
	await clock.pass(1000);
	feed.lost('the kernel has dropped events');
	feed.looked(linksDelta([renamed, undefined]), lookBy('loss'));
	feed.missed(1);
	feed.namespace('gone');
	feed.stop();
}
