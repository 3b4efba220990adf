import test from 'ava';
import {mermaidText} from '../../../src/report/graph/mermaid.js';
import {topologyOf} from '../../../src/report/graph/topology.js';
import {visibleText} from '../../../src/text/byte-text.js';
import {makeLink} from '../../helpers/records.js';
import {defaultRoute, drawn, far} from './drawn.js';
import {hostileNames, hostileNamespaces} from './hostile.js';

test('namespaces are subgraphs, interfaces nodes with quoted labels, and parents dotted lines', (t) => {
	const host = drawn('host', [
		makeLink(3, {ifname: 'br0', link_kind: 'bridge'}),
		far(10, 2, 0, {master: 'br0', flags: []}),
		makeLink(4, {ifname: 'eth0.5', link_kind: 'vlan', link: 'br0', addr_info: []}),
	]);
	const pod = drawn('pid:7', [far(2, 10, 0)], {detail: 'nginx', routes: [defaultRoute()]});
	t.is(
		mermaidText(topologyOf([host, pod, drawn('empty', [])])),
		[
			'flowchart LR',
			'	subgraph b0["host"]',
			'		n0_3["br0 (bridge)<br/>10.3.0.2/24"]',
			'		n0_10["v10 (veth, down)<br/>10.10.0.2/24"]',
			'		n0_4["eth0.5 (vlan)"]',
			'	end',
			'	subgraph b1["pid:7 nginx"]',
			'		n1_2["v2 (veth)<br/>10.2.0.2/24<br/>default via 10.0.0.1"]',
			'	end',
			'	subgraph b2["empty"]',
			'		b2_lo["only lo"]',
			'	end',
			'	n0_3 --- n0_10',
			'	n0_3 -.- n0_4',
			'	n0_10 --- n1_2',
			'	classDef ports fill:#d9e8f6',
			'	class n0_3 ports',
			'	classDef broken stroke-dasharray:4',
			'	class n0_10 broken',
			'',
		].join('\n'),
	);
});

/** The lines that a flowchart of netmon's may have: between quotes nothing but words, entity codes, line breaks and plain punctuation. */
const label = '"(?:[\\p{L}\\p{N}._:/(), -]|#\\d+;|<br/>)*"';
const allowed = new RegExp(
	`^(?:flowchart LR|\\t(?:subgraph b\\d+\\[${label}\\]|end|\\t?[neb]\\d+(?:_\\w+)?\\[${label}\\]|[ne]\\d+(?:_\\d+)? (?:---|-\\.-) [ne]\\d+(?:_\\d+)?|classDef \\w+ [\\w:#-]+|class [\\w,]+ \\w+)|)$`,
	'u',
);

test('names with any bytes stay in their labels, as entity codes where they mean something', (t) => {
	const text = mermaidText(topologyOf(hostileNamespaces));
	for (const line of text.split('\n')) t.regex(line, allowed);
	const labels = [...text.matchAll(/\["(.*)"\]$/gm)].map(([, found = '']) =>
		found.replace(/#(\d+);/g, (_, code) => String.fromCodePoint(Number(code))),
	);
	for (const name of hostileNames)
		t.true(
			labels.some((found) => found.startsWith(`${visibleText(name)} `)),
			name,
		);
});

test('no label begins or ends a word with what could be Markdown', (t) => {
	const text = mermaidText(topologyOf([drawn('`1. x`', [makeLink(2, {ifname: '_v_'}), makeLink(3, {ifname: '1.'})])]));
	t.true(text.includes('subgraph b0["#96;1#46; x#96;"]'), text);
	t.true(text.includes('["#95;v#95; (veth)'), text);
	t.true(text.includes('["1#46; (veth)'), text);
});
