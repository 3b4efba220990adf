import {visibleText} from '../../text/byte-text.js';
import type {Box, Line, LinkNode, OutsideNode, Topology} from './topology.js';

/** Greys and blues. Words and line styles show the state too, for prints without colour. */
const ink = {text: '#1f2933', faint: '#7b8794', frame: '#9aa5b1', box: '#f5f7fa', ports: '#d9e8f6', route: '#3568a4', broken: '#b44d12'};

const frame: Readonly<Record<LinkNode['state'], string>> = {
	up: `color="${ink.frame}"`,
	'no carrier': `color="${ink.broken}", style="rounded,filled,dashed"`,
	down: `color="${ink.frame}", style="rounded,filled,dotted"`,
};

const strokes: Readonly<Record<Line['kind'], readonly string[]>> = {
	pair: [],
	port: [`color="${ink.frame}"`],
	parent: ['style=dashed'],
};

/** The picture in Graphviz's language, to be laid out by `dot`. */
export function dotText({boxes, outside, lines}: Topology): string {
	return [
		'graph netmon {',
		'	graph [rankdir=LR, newrank=true, ranksep=0.7, nodesep=0.08, fontname="Helvetica", fontsize=12, labeljust=l, bgcolor=white]',
		`	node [shape=box, style="rounded,filled", fillcolor=white, color="${ink.frame}", fontcolor="${ink.text}", fontname="Helvetica", fontsize=10, margin="0.1,0.04", height=0.25]`,
		`	edge [color="${ink.text}", tailport=e, headport=w]`,
		...boxes.flatMap(boxLines),
		...outside.map(outsideLine),
		...lines.map(edgeLine),
		'}',
		'',
	].join('\n');
}

function edgeLine({from, to, kind, length}: Line): string {
	const attributes = [...strokes[kind], ...(length === 1 ? [] : [`minlen=${length}`])];
	return `	${from} -- ${to}${attributes.length === 0 ? '' : ` [${attributes.join(', ')}]`}`;
}

function boxLines({id, name, detail, notes, nodes}: Box): string[] {
	const title = [`<b>${escaped(name)}</b>${detail === undefined ? '' : ` ${faint(detail)}`}`, ...notes.map(routeRow)];
	return [
		`	subgraph cluster_${id} {`,
		`		graph [style="rounded,filled", color="${ink.frame}", fillcolor="${ink.box}", fontcolor="${ink.text}", margin=10, label=${rows(title)}]`,
		// A cluster without a node is not drawn.
		...(nodes.length === 0 ? [`		${id} [shape=plain, style="", label=<${faint('only lo')}>]`] : nodes.map(nodeLine)),
		'	}',
	];
}

function nodeLine({id, name, kind, state, hasPorts, addresses, defaults}: LinkNode): string {
	const marks = [kind, state === 'up' ? '' : state].filter((mark) => mark !== '');
	const head = `<b>${escaped(name)}</b>${marks.length === 0 ? '' : ` ${faint(marks.join(', '))}`}`;
	const label = rows([head, ...addresses.map(escaped), ...defaults.map(routeRow)]);
	return `		${id} [label=${label}, ${frame[state]}${hasPorts ? `, fillcolor="${ink.ports}"` : ''}]`;
}

function outsideLine({id, text}: OutsideNode): string {
	return `	${id} [label=${rows([faint(text)])}, style="rounded,dashed"]`;
}

function routeRow(text: string): string {
	return `<font color="${ink.route}">${escaped(text)}</font>`;
}

function faint(text: string): string {
	return `<font color="${ink.faint}">${escaped(text)}</font>`;
}

/** An HTML-like label, its rows aligned to the left. */
function rows(texts: readonly string[]): string {
	const [only] = texts;
	return texts.length === 1 ? `<${only}>` : `<${texts.map((text) => `${text}<br align="left"/>`).join('')}>`;
}

const entities: Readonly<Record<string, string>> = {
	'&': '&amp;',
	'<': '&lt;',
	'>': '&gt;',
	'"': '&quot;',
	"'": '&#39;',
	'\\': '&#92;&#92;',
};

/**
 * Text for an HTML-like label. It is XML to Graphviz (lib/common/htmllex.c), in which `\N`, `\G` and others are then replaced as
 * in other labels (strdup_and_subst_obj0, lib/common/labels.c), so that a backslash is written twice.
 */
function escaped(text: string): string {
	return visibleText(text).replace(/[&<>"'\\]/g, (character) => entities[character] ?? character);
}
