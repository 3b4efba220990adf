// Writes docs/reference.md from the tables that the help is made from. Build first: node build.mjs
//   node scripts/reference.mjs [--check]   --check: writes nothing, and ends with 1 where the page is stale
import {readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {parseArgs} from 'node:util';
import {blocksOf, commandPages} from './command-pages.mjs';
import {root} from './run.mjs';

const {values} = parseArgs({options: {check: {type: 'boolean', default: false}}});
const page = join(root, 'docs/reference.md');
const text = referenceText(commandPages());
if (!values.check) {
	writeFileSync(page, text);
} else if (readFileSync(page, 'utf8') !== text) {
	console.error('docs/reference.md is stale. Make it by: node build.mjs && node scripts/reference.mjs');
	process.exitCode = 1;
}

function referenceText({commands, variables}) {
	return `<!-- Made by scripts/reference.mjs from the tables of options and commands. Do not edit. -->

# Reference

Every command, option, environment variable and exit code. \`netmon COMMAND --help\` and the man pages say the same.

| command | what it does |
|---|---|
${commands.map(({name, summary}) => `| [\`netmon ${name}\`](#netmon-${name}) | ${cell(summary)} |\n`).join('')}
An option can also come from its environment variable. The command line goes before it. A switch is off where its variable is empty, \`0\`, \`false\` or \`no\`.
Times are written \`250ms\`, \`2s\`, \`5m\`, \`7d\`.

${commands.map(commandText).join('\n')}
## Other environment variables

| variable | what it does |
|---|---|
${variables.map((variable) => `| \`${variable.name}\` | ${cell(variable.text)} |\n`).join('')}
What a program gets that \`netmon watch -- PROGRAM\` runs is in [hooks.md](hooks.md).

## Exit codes

${exitTable(commands)}
\`kata-netmon\` has those of the first table, but for an unknown flag, which is 2, as with the original.
`;
}

function commandText({name, summary, description, usages, operands, groups, examples}) {
	const parts = [
		`## netmon ${name}`,
		`${summary}.`,
		fenced(usages),
		...blocksOf(description).map((block) => (block.lines === undefined ? block.text : fenced(block.lines))),
		...(operands.length === 0 ? [] : [operandTable(operands)]),
		...groups.map(({title, options}) => optionTable(title, options)),
		fenced(
			examples.flatMap((example) => [`# ${example.description}`, example.command]),
			'sh',
		),
	];
	return `${parts.join('\n\n')}\n`;
}

function operandTable(operands) {
	return `| word | what it is |\n|---|---|\n${operands.map(({name, text}) => `| \`${name}\` | ${cell(text)} |`).join('\n')}`;
}

function optionTable(title, options) {
	const rows = options.map(({name, char, value, summary, default: usual, variable, repeats}) => {
		const spelling = `${char === undefined ? '' : `-${char}, `}--${name}${value === undefined ? '' : ` ${value}`}`;
		return `| \`${cell(spelling)}\` | ${cell(summary)}${repeats ? '; may be repeated' : ''} | ${usual === undefined ? '' : `\`${usual}\``} | \`${variable}\` |`;
	});
	return `| ${title} | | default | variable |\n|---|---|---|---|\n${rows.join('\n')}`;
}

/** One table for all commands whose codes mean the same. */
function exitTable(commands) {
	const meanings = new Map();
	for (const {name, exits} of commands) {
		const key = JSON.stringify(exits);
		meanings.set(key, [...(meanings.get(key) ?? []), `\`${name}\``]);
	}
	return [...meanings]
		.map(([key, names]) => {
			const rows = JSON.parse(key).map(([code, meaning]) => `| ${code} | ${meaning} |\n`);
			return `| ${names.join(', ')} | |\n|---|---|\n${rows.join('')}`;
		})
		.join('\n');
}

function fenced(lines, language = '') {
	return `\`\`\`${language}\n${lines.join('\n')}\n\`\`\``;
}

function cell(text) {
	return text.replaceAll('|', '\\|');
}
