import {readdirSync, readFileSync} from 'node:fs';
import {COMMANDS} from '../../src/cli.js';
import {root} from './netmon.js';

/** A command line of netmon that a reader may paste. */
export interface Example {
	/** Where it stands: `docs/hooks.md`, `netmon watch --help`. */
	readonly where: string;
	/** As it stands, for a shell. */
	readonly line: string;
}

/** Every example of a command's help. */
export function helpExamples(): Example[] {
	return Object.entries(COMMANDS).flatMap(([name, {examples}]) =>
		examples.map(({command}) => ({
			where: `netmon ${name} --help`,
			line: command.replaceAll('<%= config.bin %>', 'netmon').replaceAll('<%= command.id %>', name),
		})),
	);
}

/** Every command line of netmon in the code blocks of README.md and docs/. */
export function pageExamples(): Example[] {
	const pages = ['README.md', ...readdirSync(`${root}docs`).flatMap((name) => (name.endsWith('.md') ? [`docs/${name}`] : []))];
	return pages.flatMap((where) => codeOf(readFileSync(root + where, 'utf8')).flatMap((line) => exampleIn(line, where)));
}

/** Languages of blocks that hold no command lines. */
const others: ReadonlySet<string> = new Set(['js', 'ts', 'json', 'jq', 'text', 'toml', 'yaml', 'c']);

/** The lines of code, each with those that a backslash joins to it. Of a block with prompts, the rest is output. */
function codeOf(page: string): string[] {
	const fenced = [...page.matchAll(/^```(\w*)\n([\s\S]*?)^```/gm)].flatMap(([, language = '', text = '']) => {
		if (others.has(language)) return [];
		const lines = joined(text);
		const prompted = lines.filter((line) => line.startsWith('$ '));
		return prompted.length > 0 ? prompted : lines;
	});
	const rest = page.replaceAll(/^```[\s\S]*?^```/gm, '');
	return [...fenced, ...joined(rest).filter((line) => /^(?: {4}|\t)\S/.test(line))];
}

function joined(text: string): string[] {
	return text.replaceAll(/\\\n\s*/g, ' ').split('\n');
}

const program = /(?:^|[\s;&|(=/"'])(?:kata-)?netmon["']?,? +["']?[a-z-]/;

/** A line in which netmon is started. One that starts it by way of another program counts from netmon on. */
function exampleIn(code: string, where: string): Example[] {
	const line = code.trim().replace(/^\$ /, '');
	if (/^(?:#|journalctl|systemctl)/.test(line) || !program.test(line) || isProse(line)) return [];
	if (/^(?:netmon|kata-netmon) /.test(line)) return [{where, line}];
	// ExecStart=/usr/bin/netmon watch; command: ["netmon", "watch"]; sudo netmon watch; cat x | netmon watch
	const list = /\[\s*"?(?:\/\S*\/)?((?:kata-)?netmon"?\s*,.*?)\]/.exec(line)?.[1];
	if (list !== undefined)
		return [
			{
				where,
				line: list
					.split(',')
					.map((word) => `'${word.trim().replaceAll(/^["']|["']$/g, '')}'`)
					.join(' '),
			},
		];
	// kubectl -n netmon exec POD -- netmon list
	const [, inPod] = /^kubectl .* -- (netmon .*)$/.exec(line) ?? [];
	if (inPod !== undefined) return [{where, line: inPod}];
	// source <(netmon completion bash)
	const [, sourced] = /^source <\((netmon .*)\)$/.exec(line) ?? [];
	if (sourced !== undefined) return [{where, line: sourced}];
	const [, started] = /(?:^|[\s;&|(=/])((?:kata-)?netmon +.*)$/.exec(line) ?? [];
	return [{where, line: started ?? line}];
}

/** Files and services are named for netmon too: `/var/log/netmon --flag` is none of its command lines, nor is a sentence. */
function isProse(line: string): boolean {
	return /netmon (?:is|does|reads|watches|has|and|or|as|in|at|to|for|with|of|the|a|an) /.test(line);
}

/** A shell that takes a completion script from `source` is not the one that runs the tests: what prints the script is run. */
export function withoutSourcing({where, line}: Example): Example {
	return {where, line: line.replace(/^source <\((.*)\)$/, '$1').replace(/ \| source$/, '')};
}

/** Whether it is a form, with words in place of values. */
export function isForm({line}: Example): boolean {
	return /…|\[-|\b(?:CONDITION|OPTIONS|COMMAND)\b/.test(line);
}
