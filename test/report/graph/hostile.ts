import {makeLink} from '../../helpers/records.js';
import {drawn} from './drawn.js';

/** Names with everything that means something to Graphviz, Mermaid, HTML, Markdown or a terminal; the kernel takes each of them. */
export const hostileNames: readonly string[] = [
	'a"b',
	"it's",
	'<b>x</b>',
	'a&amp;b',
	'a>b',
	'back\\slash',
	'\\N\\G\\n',
	'\\',
	'"];x["',
	'`md`',
	'**bold**',
	'_it_',
	'#35;',
	'1.',
	'-',
	'end',
	'--n0_3',
	'%%c',
	'{x}|y',
	'a;b',
	'a\nb',
	'\u001b[31m',
	'\udcff\udcfe',
	'style:a#1;',
	'classDef',
	'köln',
	'日本',
	'😀',
];

/** Namespaces, commands and interfaces with these names. */
export const hostileNamespaces = hostileNames.map((name, place) =>
	drawn(name, [makeLink(2, {ifname: name}), makeLink(3, {ifname: `${name}2`, link_kind: name, link: name})], {
		detail: hostileNames.at(-1 - place) ?? '',
	}),
);
