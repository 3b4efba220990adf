// Makes docs/watch.svg, the picture of a terminal in README.md, from a real run of the built `netmon watch`.
//   node scripts/terminal-picture.mjs           writes it
//   node scripts/terminal-picture.mjs --check   exits 1 where a run says something else than the picture
import {execFileSync, spawn} from 'node:child_process';
import {once} from 'node:events';
import {existsSync, readFileSync, readlinkSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {setTimeout as pause} from 'node:timers/promises';
import {fileURLToPath} from 'node:url';
import {parseArgs} from 'node:util';

const root = fileURLToPath(new URL('../', import.meta.url));
const {values} = parseArgs({options: {check: {type: 'boolean', default: false}}});
const picture = join(root, 'docs/watch.svg');
const command = ['watch', '--dev', 'eth0', '--family', 'inet'];

/** Addresses and hardware addresses are from the ranges for documentation (RFC 5737, RFC 7042). */
const before = [
	'link set lo up',
	'link add eth0 address 00:00:5e:00:53:02 type veth peer name peer0',
	'link set eth0 addrgenmode none',
	'link set peer0 addrgenmode none',
	'link set peer0 up',
	'link set eth0 up',
	'addr add 192.0.2.2/24 dev eth0',
	'route add default via 192.0.2.1',
];

/** Each thing that happens, and the text that netmon has printed when it has seen it. */
const story = [
	{lines: ['link set eth0 mtu 1400'], until: '→ 1400'},
	{lines: ['addr del 192.0.2.2/24 dev eth0'], until: '- route  192.0.2.0/24'},
	{lines: ['addr add 192.0.2.3/24 dev eth0'], until: '+ route  192.0.2.0/24'},
	{lines: ['route add default via 192.0.2.1'], until: '+ route  default'},
	{
		lines: Array.from({length: 20}, () => ['route add 198.51.100.0/24 via 192.0.2.9', 'route del 198.51.100.0/24']).flat(),
		until: 'flapped',
		atOnce: true,
	},
	{lines: ['link set eth0 down'], until: '- route  192.0.2.0/24 dev eth0 proto kernel src 192.0.2.3'},
];

const processes = [];

function start(file, args, options) {
	const child = spawn(file, args, options);
	processes.push(child);
	return child;
}

async function until(what, look, limitMs = 20_000) {
	for (const begun = performance.now(); ; ) {
		const found = look();
		if (found) return found;
		if (performance.now() - begun > limitMs) throw new Error(`waited in vain for ${what}`);
		await pause(10);
	}
}

/** The words that run a program in a namespace of its own. */
async function makeNamespace() {
	const isRoot = process.getuid() === 0;
	const holder = start('unshare', [...(isRoot ? [] : ['--map-root-user']), '--net', 'sleep', '600'], {stdio: 'inherit'});
	const own = readlinkSync('/proc/self/ns/net');
	await until('the namespace', () => {
		if (holder.exitCode !== null) throw new Error('no namespace can be made here: run this as root, or allow user namespaces');
		try {
			return readlinkSync(`/proc/${holder.pid}/ns/net`) !== own && readlinkSync(`/proc/${holder.pid}/exe`).endsWith('sleep');
		} catch {
			return false;
		}
	});
	const user = isRoot ? [] : ['--user', '--preserve-credentials'];
	return ['nsenter', ...user, `--net=/proc/${holder.pid}/ns/net`, '--target', String(holder.pid), '--'];
}

/** What netmon prints of the story, with its colours. */
async function run() {
	const [enter, ...inside] = await makeNamespace();
	const ip = (lines) =>
		execFileSync(enter, [...inside, 'ip', '-batch', '-'], {input: `${lines.join('\n')}\n`, stdio: ['pipe', 'ignore', 'inherit']});
	const show = (...args) => execFileSync(enter, [...inside, 'ip', ...args], {encoding: 'utf8'});
	ip(before);
	await until('the carrier', () => show('link', 'show', 'eth0').includes('state UP'));
	const program = [process.execPath, join(root, 'bin/run.js'), ...command, '--color', 'always'];
	const netmon = start(enter, [...inside, ...program], {stdio: ['ignore', 'pipe', 'inherit']});
	let printed = '';
	netmon.stdout.on('data', (chunk) => (printed += chunk));
	const said = async (text, from) => {
		await until(`"${text}" in ${printed}`, () => printed.slice(from).includes(text) && printed.endsWith('\n'));
	};
	await said('ready', 0);
	for (const {lines, until: text, atOnce = false} of story) {
		// One thing happens after the other: a look that is still under way would see one half of a change, and the next look the other half.
		await pause(values.check ? 100 : 700);
		const from = printed.length;
		// nsenter becomes netmon. While it is stopped, its `ip monitor` reads on: it sees the lines together, however busy the machine is.
		const stops = atOnce && values.check;
		if (stops) netmon.kill('SIGSTOP');
		ip(lines);
		if (stops) netmon.kill('SIGCONT');
		await said(text, from);
		if (atOnce && !printed.includes('flapped: 40 events')) throw new Error('netmon looked in the midst of the flap: run this again');
	}
	netmon.kill('SIGTERM');
	await until('netmon to end', () => netmon.exitCode !== null);
	return printed;
}

const size = 13;
const lineHeight = 19;
const margin = 16;
/** Most fonts with one width have 0.6 of their size; the widest in use have 0.62. */
const columnWidth = size * 0.62;

/** The colours of src/report/colour.ts by their code; all can be read on the picture's own background, so that the page's does not matter. */
const colours = {2: '#8b949e', 31: '#ff7b72', 32: '#56d364', 33: '#e3b341', 36: '#39c5cf'};
const background = '#161b22';
const foreground = '#e6edf3';

/** ESC, with which a colour begins and ends. */
const control = String.fromCharCode(27);

const escaped = (text) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

/**
 * A line's parts with their colours. netmon starts a colour with one code and ends it with 0, and never puts one into another:
 * the packages that read all of ANSI (ansi_up, ansi-to-html) make HTML, which is no part of an SVG that a page shows as a picture.
 */
function spans(line) {
	return line.split(`${control}[0m`).flatMap((part) => {
		const [plain, coloured] = part.split(`${control}[`);
		if (coloured === undefined) return plain === '' ? [] : [escaped(plain)];
		const [, code, text] = /^(\d+)m(.*)$/.exec(coloured);
		if (colours[code] === undefined) throw new Error(`no colour for the code ${code} in ${JSON.stringify(line)}`);
		return [...(plain === '' ? [] : [escaped(plain)]), `<tspan fill="${colours[code]}">${escaped(text)}</tspan>`];
	});
}

function svgOf(printed) {
	const lines = [`$ netmon ${command.join(' ')}`, ...printed.trimEnd().split('\n')];
	const plain = printed.replaceAll(new RegExp(`${control}\\[\\d+m`, 'g'), '');
	const columns = Math.max(...plain.split('\n').map((line) => [...line].length));
	const width = Math.ceil(columns * columnWidth) + 2 * margin;
	const height = lines.length * lineHeight + 2 * margin;
	const text = lines.map((line, index) => `<text x="${margin}" y="${margin + 14 + index * lineHeight}">${spans(line).join('')}</text>`);
	return [
		`<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img">`,
		'<title>netmon watch: an mtu changes, an address goes and its routes with it, a route flaps, an interface goes down</title>',
		`<rect x="0.5" y="0.5" width="${width - 1}" height="${height - 1}" rx="8" fill="${background}" stroke="#484f58"/>`,
		`<g fill="${foreground}" font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', 'Liberation Mono', monospace" font-size="${size}" style="white-space: pre" xml:space="preserve">`,
		...text,
		'</g>',
		'</svg>',
		'',
	].join('\n');
}

/** What is another thing in each run: times, the index of the interface, and how long a flap took. */
const lasting = (svg) =>
	svg
		.replaceAll(/\d\d:\d\d:\d\d\.\d{3}/g, 'TIME')
		.replaceAll(/in \d+ ms/g, 'in N ms')
		.replaceAll(/#\d+ /g, '#N ');

async function end() {
	const running = processes.filter(({pid, exitCode, signalCode}) => pid !== undefined && exitCode === null && signalCode === null);
	const ended = running.map((child) => once(child, 'exit'));
	for (const child of running) child.kill('SIGKILL');
	await Promise.all(ended);
}

for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => end().then(() => process.exit(1)));

/** A machine that is busy enough makes a look last that long all the same. */
const mostTries = 3;

try {
	let svg = svgOf(await run());
	if (!values.check) writeFileSync(picture, svg);
	else {
		const kept = existsSync(picture) ? readFileSync(picture, 'utf8') : '';
		for (let tries = 1; tries < mostTries && lasting(svg) !== lasting(kept); tries += 1) svg = svgOf(await run());
		if (lasting(svg) === lasting(kept)) console.log('docs/watch.svg is what netmon prints');
		else throw new Error(`docs/watch.svg is not what netmon prints: run node scripts/terminal-picture.mjs. It would be\n${svg}`);
	}
} catch (error) {
	console.error(error.message);
	process.exitCode = 1;
} finally {
	await end();
}
