import {visibleText} from '../../text/byte-text.js';
import type {Box, Line, LinkNode, Topology} from './topology.js';

/** The picture as a flowchart of Mermaid. */
export function mermaidText({boxes, outside, lines}: Topology): string {
	const nodes = boxes.flatMap((box) => box.nodes);
	return [
		'flowchart LR',
		...boxes.flatMap(boxLines),
		...outside.map(({id, text}) => `	${id}["${escaped(text)}"]`),
		...lines.map(({from, to, kind, length}) => `	${from} ${stroke(kind, length)} ${to}`),
		...classLines(
			'ports',
			'fill:#d9e8f6',
			nodes.filter(({hasPorts}) => hasPorts),
		),
		...classLines(
			'broken',
			'stroke-dasharray:4',
			nodes.filter(({state}) => state !== 'up'),
		),
		'',
	].join('\n');
}

/** A longer line leads to a later column (Mermaid's documentation, "Minimum length of a link"). */
function stroke(kind: Line['kind'], length: number): string {
	return kind === 'parent' ? `-${'.'.repeat(length)}-` : '-'.repeat(2 + length);
}

function boxLines({id, name, detail, notes, nodes}: Box): string[] {
	const title = [detail === undefined ? escaped(name) : `${escaped(name)} ${escaped(detail)}`, ...notes.map(escaped)];
	return [
		`	subgraph ${id}["${title.join('<br/>')}"]`,
		// A subgraph without a node is drawn as a node.
		...(nodes.length === 0 ? [`		${id}_lo["only lo"]`] : nodes.map(nodeLine)),
		'	end',
	];
}

function nodeLine({id, name, kind, state, addresses, defaults}: LinkNode): string {
	const marks = [escaped(kind), state === 'up' ? '' : state].filter((mark) => mark !== '').join(', ');
	const head = marks === '' ? escaped(name) : `${escaped(name)} (${marks})`;
	return `		${id}["${[head, ...[...addresses, ...defaults].map(escaped)].join('<br/>')}"]`;
}

function classLines(name: string, style: string, nodes: readonly LinkNode[]): string[] {
	return nodes.length === 0 ? [] : [`	classDef ${name} ${style}`, `	class ${nodes.map(({id}) => id).join(',')} ${name}`];
}

/**
 * Text for a quoted label. Characters that mean something to Mermaid, to its Markdown or to HTML become entity codes (Mermaid's
 * documentation, "Entity codes to escape characters"). Plain words and addresses stay as they are. A word that begins or ends with another
 * character could be Markdown.
 */
function escaped(text: string): string {
	return visibleText(text)
		.split(' ')
		.map((word) => (plain.test(word) && !styling.test(word) ? word : encoded(word)))
		.join(' ');
}

const plain = /^[\p{L}\p{N}](?:[\p{L}\p{N}._:/-]*[\p{L}\p{N}])?$/u;
/** From a line with one of these words, Mermaid removes the last semicolon (encodeEntities, packages/mermaid/src/utils.ts). */
const styling = /style|classDef/;

function encoded(word: string): string {
	return word.replace(styling.test(word) ? /./gsu : /[^\p{L}\p{N}]/gu, (character) => `#${character.codePointAt(0)};`);
}
