import {spawnSync} from 'node:child_process';
import test, {type ExecutionContext} from 'ava';
import {dotText} from '../../../src/report/graph/dot.js';
import {topologyOf} from '../../../src/report/graph/topology.js';
import {visibleText} from '../../../src/text/byte-text.js';
import {whyNoDot} from '../../helpers/graphviz.js';
import {makeLink} from '../../helpers/records.js';
import {reportSkipped} from '../../helpers/skipped.js';
import {defaultRoute, drawn, far} from './drawn.js';
import {hostileNames, hostileNamespaces} from './hostile.js';

/** Declares a test that needs Graphviz. */
function dotTest(title: string, run: (t: ExecutionContext) => void): void {
	if (whyNoDot === undefined) test(title, run);
	else {
		reportSkipped(title, whyNoDot);
		test.skip(title, run);
	}
}

/** What Graphviz makes of a text; throws where it has the least to say against it. */
function rendered(text: string): string {
	const {status, stdout, stderr} = spawnSync('dot', ['-Tsvg'], {input: text, encoding: 'utf8'});
	if (status !== 0 || stderr !== '') throw new Error(`dot ended with ${status}: ${stderr}`);
	return stdout;
}

const entities: Readonly<Record<string, string>> = {'&lt;': '<', '&gt;': '>', '&quot;': '"', '&amp;': '&', '&#160;': ' '};

const textsIn = (svg: string): string[] =>
	[...svg.matchAll(/<text [^>]*>([^<]*)<\/text>/g)]
		.map(([, text = '']) =>
			text.replace(/&(?:#(\d+)|\w+);/g, (entity, code) => entities[entity] ?? (code === undefined ? entity : String.fromCodePoint(code))),
		)
		.map((text) => text.trim())
		.filter((text) => text !== '');

test('namespaces are clusters, interfaces nodes, and lines say what they are', (t) => {
	const host = drawn('host', [makeLink(3, {ifname: 'br0', link_kind: 'bridge'}), far(10, 2, 0, {master: 'br0', flags: []})]);
	const pod = drawn('pid:7', [far(2, 10, 0)], {detail: 'nginx', routes: [defaultRoute()]});
	const text = dotText(topologyOf([host, pod, drawn('empty', [])]));
	t.regex(text, /^graph netmon \{\n/);
	for (const part of [
		'subgraph cluster_b0 {',
		'label=<<b>host</b>>',
		'<b>pid:7</b> <font color="#7b8794">nginx</font>',
		'n0_10 [label=<<b>v10</b> <font color="#7b8794">veth, down</font><br align="left"/>10.10.0.2/24<br align="left"/>>',
		'10.2.0.2/24<br align="left"/><font color="#3568a4">default via 10.0.0.1</font><br align="left"/>',
		'b2 [shape=plain, style="", label=<<font color="#7b8794">only lo</font>>]',
		'	n0_3 -- n0_10 [color=',
		'	n0_10 -- n1_2\n',
	]) {
		t.true(text.includes(part), `${part} in ${text}`);
	}
});

dotTest('Graphviz renders what a host looks like', (t) => {
	const host = drawn('host', [makeLink(3, {ifname: 'br0', link_kind: 'bridge'}), far(10, 2, 0, {master: 'br0'})]);
	const svg = rendered(dotText(topologyOf([host, drawn('web', [far(2, 10, 0)], {routes: [defaultRoute()]})])));
	const interfaces = ['br0', 'bridge', '10.3.0.2/24', 'v10', 'veth', '10.10.0.2/24', 'v2', 'veth', '10.2.0.2/24'];
	t.deepEqual(textsIn(svg).sort(), ['host', 'web', ...interfaces, 'default via 10.0.0.1'].sort());
});

dotTest('names with any bytes are shown as they are, and change nothing else', (t) => {
	const texts = textsIn(rendered(dotText(topologyOf(hostileNamespaces))));
	for (const name of hostileNames) {
		const shown = visibleText(name);
		// As the name of the namespace, the detail of another, an interface, and the kind of a second one.
		t.is(texts.filter((text) => text === shown).length, 4, `${JSON.stringify(shown)} in ${JSON.stringify(texts)}`);
	}
});
