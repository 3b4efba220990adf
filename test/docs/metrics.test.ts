import {spawnSync} from 'node:child_process';
import {readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import * as prometheus from 'prom-client';
import {CountedMetrics} from '../../src/report/counted-metrics.js';
import {TestFeed, tellStory} from '../helpers/event-story.js';
import {root} from '../helpers/netmon.js';
import {loopback, makeLink, makeRoute, tableOf} from '../helpers/records.js';
import {scratchFolder} from '../helpers/runtime.js';
import {reportSkipped} from '../helpers/skipped.js';

const page = readFileSync(`${root}docs/metrics.md`, 'utf8');

/** What is exported after a story with every kind of change and a call, as `name type labels`. */
async function exported(): Promise<string[]> {
	const registry = new prometheus.Registry();
	const picture = {table: tableOf(loopback, makeLink(4)), routes: new Map([['inet', [makeRoute('default')]]] as const)};
	const figures = {looks: 1, monitorUp: true, waiting: 0, held: 0, oldestMs: 0};
	const metrics = new CountedMetrics(
		prometheus,
		registry,
		() => 'sb1',
		() => [{netns: 'web', sandbox: 'sb1', picture, figures}],
	);
	const story = new TestFeed({}, {netns: 'web'});
	await tellStory(story);
	for (const event of story.events) metrics.take(event.event === 'call' ? {...event, attempt: 1} : event);
	const text = await registry.metrics();
	return [...text.matchAll(/^# TYPE (\S+) (\S+)\n(?:\1\S*?(?:\{(.*?)\})? .*\n)?/gm)].map(([, name = '', type = '', labels = '']) => {
		const names = [...labels.matchAll(/(\w+)="/g)].map(([, label = '']) => label);
		return `${name} ${type} ${names.filter((label) => !['netns', 'sandbox', 'le'].includes(label)).join(' ')}`.trim();
	});
}

test('docs/metrics.md has every metric that is exported, with its type and labels, and no other', async (t) => {
	const listed = [...page.matchAll(/^\| `(\w+)` \| (\w+) \| (.*?) ?\| (.+) \|$/gm)].map(([, name, type, labels = '']) =>
		`${name} ${type} ${labels.replaceAll(/[`,]/g, '')}`.trim(),
	);
	t.deepEqual(listed.toSorted(), (await exported()).toSorted());
});

const hasPromtool = spawnSync('promtool', ['--version']).status === 0;
const title = 'docs/metrics.md: the alerts are rules that Prometheus takes, about metrics that there are';
if (!hasPromtool) reportSkipped(title, 'there is no promtool here');

(hasPromtool ? test : test.skip)(title, async (t) => {
	const {path, close} = scratchFolder();
	t.teardown(close);
	const [, rules = ''] = /^```yaml\n([\s\S]*?)^```/m.exec(page) ?? [];
	const file = join(path, 'alerts.yaml');
	writeFileSync(file, rules);
	const {status, stdout, stderr} = spawnSync('promtool', ['check', 'rules', file], {encoding: 'utf8'});
	t.is(status, 0, stderr);
	t.regex(stdout, /3 rules found/);
	const names = (await exported()).map((each) => each.split(' ', 1)[0] ?? '');
	for (const [name] of rules.matchAll(/\bnetmon_\w+/g)) t.true(names.includes(name), name);
});
