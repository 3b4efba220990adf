import {spawnSync} from 'node:child_process';
import {readFileSync} from 'node:fs';
import test from 'ava';
import {Lines} from '../../src/report/lines.js';
import {ndjsonLine} from '../../src/report/ndjson-line.js';
import {capture, capturedLinks, capturedRoutes} from '../helpers/captures.js';
import {lookBy, startDelta} from '../helpers/deltas.js';
import {TestFeed, tellStory} from '../helpers/event-story.js';
import {root} from '../helpers/netmon.js';
import {tableOf} from '../helpers/records.js';
import {eventsIn} from '../helpers/schemas.js';

const page = readFileSync(`${root}docs/events.md`, 'utf8');

/** The lines of all code blocks of a language. */
function examples(language: string): string[] {
	return [...page.matchAll(new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\``, 'gm'))].flatMap(([, text = '']) => text.trimEnd().split('\n'));
}

test('docs/events.md: every JSON example is an event of the story, byte for byte, and fits the schema', async (t) => {
	const story = new TestFeed({}, {netns: 'web'});
	await tellStory(story);
	const told = story.events.map((event) => ndjsonLine(event).trimEnd());
	t.is(examples('json').length, 6);
	for (const line of examples('json')) t.true(told.includes(line), line);
	t.is(eventsIn(`${examples('json').join('\n')}\n`).length, 6);
});

test('docs/events.md: every line for people is one of the story', async (t) => {
	const story = new TestFeed();
	await tellStory(story);
	const lines = new Lines({colours: false, namespaces: false, timestamps: 'time', columns: () => undefined});
	const told = story.events.map((event) => lines.line(event).slice(13).trimEnd());
	t.is(examples('text').length, 8);
	for (const line of examples('text')) t.true(told.includes(line), line);
});

test('docs/events.md names every kind of the schema, and every key of its records', (t) => {
	const {oneOf, $defs} = JSON.parse(readFileSync(`${root}schemas/event.schema.json`, 'utf8'));
	const kinds = oneOf.flatMap(
		({properties: {event}}: {properties: {event: {const?: string; enum?: string[]}}}) => event.enum ?? [event.const],
	);
	for (const kind of kinds) t.true(page.includes(`\`${kind}\``), kind);
	for (const record of ['interface', 'address', 'route']) {
		for (const key of Object.keys($defs[record].properties)) t.regex(page, new RegExp(`[\` ]${key}[\` ]`), `${record}: ${key}`);
	}
});

const jq = (filter: string, input: string): string => {
	const {status, stdout, stderr} = spawnSync('jq', ['-r', filter], {input, encoding: 'utf8'});
	if (status !== 0) throw new Error(stderr);
	return stdout;
};

const hasJq = spawnSync('jq', ['--version']).status === 0;

(hasJq ? test : test.skip)('docs/events.md: the lines of jq say the same of ip -j and of events', (t) => {
	// Earlier releases print control characters in names raw, which jq does not accept.
	const release = '7.1.0';
	const story = new TestFeed({families: ['inet']});
	const picture = {
		table: tableOf(...capturedLinks(release, 'addr-after.json')),
		routes: new Map([['inet', capturedRoutes(release, 'routes-after.json')]] as const),
	};
	story.feed.looked(startDelta(picture), lookBy('start'));
	const events = story.events.map(ndjsonLine).join('');
	const printed = ['addr-after.json', 'routes-after.json'].map((file) => capture(release, file).toString('utf8')).join('');
	const lines = examples('jq');
	t.is(lines.length, 5);
	for (const line of lines) {
		const filter = /^jq -r '(.*)'$/.exec(line)?.[1] ?? '';
		const told = jq(filter, events);
		t.is(told, jq(filter, printed), line);
		t.not(told, '', line);
	}
});
