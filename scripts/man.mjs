// Writes a man page for each command from the tables that the help is made from. Build first: node build.mjs
//   node scripts/man.mjs [--out FOLDER]   default: dist/man
// The date is that of SOURCE_DATE_EPOCH, else of the last commit, so that the same sources make the same pages.
import {mkdirSync, rmSync, writeFileSync} from 'node:fs';
import {join, resolve} from 'node:path';
import {parseArgs} from 'node:util';
import {blocksOf, commandPages} from './command-pages.mjs';
import {sourceDate, version} from './provenance.mjs';
import {root} from './run.mjs';

const {values} = parseArgs({options: {out: {type: 'string'}}});
const out = values.out === undefined ? join(root, 'dist/man') : resolve(values.out);
rmSync(out, {recursive: true, force: true});
mkdirSync(out, {recursive: true});

const {commands, variables, kata} = commandPages();
const day = sourceDate().toISOString().slice(0, 10);
const pages = {
	netmon: mainPage(),
	...Object.fromEntries(commands.map((command) => [`netmon-${command.name}`, commandPage(command)])),
	'kata-netmon': kataPage(),
};
for (const [name, parts] of Object.entries(pages)) {
	const head = `.\\" Made by scripts/man.mjs from the help of netmon.\n.TH ${name.toUpperCase()} 1 ${day} "netmon ${version}" "User Commands"\n.nh\n.ad l`;
	writeFileSync(join(out, `${name}.1`), `${[head, ...parts].join('\n')}\n`);
}

function mainPage() {
	return [
		...section('name', [`netmon \\- watch the interfaces, addresses and routes of Linux network namespaces`]),
		...section('synopsis', [synopsis('netmon COMMAND [OPTION…] [WORD…]')]),
		...section('description', [
			plain(
				'netmon watches the interfaces, addresses and routes of network namespaces through ip(8) of iproute2. It prints each change, runs a program for it, or calls a container runtime. Each command has a man page of its own.',
			),
		]),
		...section(
			'commands',
			commands.flatMap(({name, summary}) => tagged(`\\fBnetmon\\-${escaped(name)}\\fR(1)`, summary)),
		),
		...section('exit status', [
			...exitLines(commands.find(({name}) => name === 'watch').exits),
			'.P',
			plain('diff, verify and wait answer a question by it: see their pages.'),
		]),
		...section('environment', [
			plain(
				'Every option can come from a variable: its name in upper case behind NETMON_, with _ for -, as NETMON_ON_CHANGE for --on-change. The command line goes before it.',
			),
			...variables.flatMap(({name, text}) => tagged(bold(name), text)),
		]),
		...section('files', [
			...tagged(`${bold('/run/netmon/')}${italic('PID')}${bold('.sock')}`, 'the socket of a running watch, which list, why and verify ask'),
			...tagged(bold('/var/log/netmon/'), 'where log and diff look for a journal'),
		]),
		...section('see also', [
			seeAlso([...commands.map(({name}) => `netmon-${name}(1)`), 'kata-netmon(1)', 'ip(8)', 'ip-monitor(8)', 'ip-netns(8)']),
		]),
	];
}

function commandPage({name, summary, description, usages, operands, groups, examples, exits}) {
	return [
		...section('name', [`netmon\\-${escaped(name)} \\- ${lowered(escaped(summary))}`]),
		...section(
			'synopsis',
			usages.flatMap((usage, at) => [...(at === 0 ? [] : ['.br']), synopsis(usage)]),
		),
		...section('description', descriptionLines(description === '' ? `${summary}.` : description)),
		...(operands.length === 0
			? []
			: section(
					'operands',
					operands.flatMap((operand) => tagged(italic(operand.name), operand.text)),
				)),
		...(groups.length === 0
			? []
			: section(
					'options',
					groups.flatMap(({title, options}) => [`.SS ${capital(title)}`, ...options.flatMap(optionLines)]),
				)),
		...section(
			'examples',
			examples.flatMap((example, at) => [...(at === 0 ? [] : ['.P']), plain(example.description), ...preformatted([example.command])]),
		),
		...section('exit status', exitLines(exits)),
		...section('see also', [seeAlso(['netmon(1)', 'ip(8)'])]),
	];
}

/** The original's flags, as Go prints them: `  -NAME [string]`, and the text behind a tab, on the same line or the next. */
function kataPage() {
	const flags = [...kata.matchAll(/^ {2}(-\w+)(?: (string))?(?:\n {4})?\t(.*)$/gm)];
	return [
		...section('name', ['kata\\-netmon \\- tell a Kata Containers runtime of the network of its sandbox']),
		...section('synopsis', [synopsis('kata-netmon -s ID -r PATH [-d] [-log LEVEL]')]),
		...section('description', [
			plain(
				'kata-netmon takes the place of the program of the same name in Kata Containers. kata-runtime starts it in the network namespace of a sandbox. For every change of the interfaces and routes there, it calls the runtime. netmon watch -s ID -r PATH does the same with options.',
			),
		]),
		...section(
			'options',
			flags.flatMap(([, flag, value, text]) =>
				tagged(`${bold(flag)}${value === undefined ? '' : ` ${italic(value)}`}`, text.trim() === '' ? sameAs(flag) : text),
			),
		),
		...section('exit status', [
			...exitLines([
				[0, 'done'],
				[1, 'a mistake in the command, as a missing -s'],
				[2, 'an unknown flag, or something is missing in the environment'],
				[3, 'a fault of netmon'],
			]),
		]),
		...section('environment', [
			plain(
				'All else is set by the variables of the options of netmon-watch(1), as NETMON_FAMILY, NETMON_INTERVAL, NETMON_ON_CHANGE and NETMON_STATE_DIR.',
			),
		]),
		...section('see also', [seeAlso(['netmon(1)', 'netmon-watch(1)'])]),
	];
}

function sameAs(flag) {
	return `the same as ${flag.slice(0, 2)}`;
}

function section(title, lines) {
	return [`.SH ${title.toUpperCase()}`, ...lines];
}

function optionLines({name, char, value, summary, default: usual, variable, repeats}) {
	const spellings = [...(char === undefined ? [] : [`-${char}`]), `--${name}`];
	const tag = spellings.map((spelling) => `${bold(spelling)}${value === undefined ? '' : ` ${italic(value)}`}`).join(', ');
	const more = [
		...(usual === undefined ? [] : [`Default: ${usual}.`]),
		...(repeats ? ['May be repeated.'] : []),
		`Variable: \`${variable}\`.`,
	];
	return tagged(tag, `${/[.…]$/.test(summary) ? summary : `${summary}.`} ${more.join(' ')}`);
}

function exitLines(exits) {
	return exits.flatMap(([code, meaning]) => tagged(bold(String(code)), meaning));
}

function descriptionLines(description) {
	return blocksOf(description).flatMap((block, at) => {
		const lines = blockLines(block);
		return at === 0 || lines[0] === '.TP' ? lines : ['.P', ...lines];
	});
}

/** A block of words and what they mean, with two blanks between, is a list. */
function blockLines({text, lines = []}) {
	if (text !== undefined) return [plain(text)];
	const pairs = lines.map((line) => /^(\S.*?) {2,}(\S.*)$/.exec(line));
	return pairs.includes(null) ? preformatted(lines) : pairs.flatMap(([, word, meaning]) => ['.TP', bold(word), plain(meaning)]);
}

function preformatted(lines) {
	return ['.RS 4', '.nf', ...lines.map(escapedLine), '.fi', '.RE'];
}

function tagged(tag, text) {
	return ['.TP', tag, plain(capital(text))];
}

function synopsis(usage) {
	const words = usage.split(' ').map((word, at) => {
		if (at < 2 && /^[a-z-]+$/.test(word)) return bold(word);
		return escaped(word).replaceAll(/[A-Z]+/g, '\\fI$&\\fR');
	});
	return words.join(' ');
}

function seeAlso(names) {
	return names
		.map((name) => {
			const [, page, chapter] = /^(.*)\((\d)\)$/.exec(name);
			return `.BR ${escaped(page)} (${chapter})`;
		})
		.join(' ,\n');
}

/** Running text; what stands between backticks is bold. A new sentence begins a line, as mandoc and groff want it. */
function plain(text) {
	const marked = escapedLine(text).replaceAll(/`([^`]*)`/g, '\\fB$1\\fR');
	return marked.replaceAll(/([a-z0-9)R][.:?]) (?=[A-Z])/g, '$1\n');
}

function bold(text) {
	return `\\fB${escaped(text)}\\fR`;
}

function italic(text) {
	return `\\fI${escaped(text)}\\fR`;
}

/** A line of text must not look like a request. */
function escapedLine(text) {
	return escaped(text).replace(/^[.']/, '\\&$&');
}

function escaped(text) {
	const ascii = text.replaceAll('…', '...').replaceAll('→', '->');
	const strange = /[^\n -~]/.exec(ascii);
	if (strange !== null) throw new Error(`a man page cannot hold "${strange[0]}" (${text}): give it a form in scripts/man.mjs`);
	return ascii
		.replaceAll('\\', '\\e')
		.replaceAll('-', '\\-')
		.replaceAll("'", '\\(aq')
		.replaceAll('^', '\\(ha')
		.replaceAll('~', '\\(ti')
		.replaceAll('"', '\\(dq');
}

function capital(text) {
	return text.replace(/^[a-z](?=[a-z-]*\b(?!\d))/, (letter) => letter.toUpperCase());
}

function lowered(text) {
	return text.replace(/^[A-Z]/, (letter) => letter.toLowerCase());
}
