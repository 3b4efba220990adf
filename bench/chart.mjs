import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {root} from './programs.mjs';

const width = 860;
const left = 250;
const barHeight = 22;
const gap = 10;
/** Legible on white and on black; told apart also by those who do not see all colours. */
const colours = ['#8da0cb', '#66c2a5', '#d9d9d9', '#fc8d62', '#ffd92f', '#a6d854', '#e78ac3', '#e5c494', '#b3b3b3'];

/**
 * Draws docs/performance.svg: each latency as a bar of its stages, the floor and `ip` beside it, where the report
 * has them. Each setting has a scale of its own: its longest bar fills the width.
 */
export function drawChart(report) {
	const stages = report.sections.stages?.rows ?? [];
	const latency = report.sections.latency?.rows ?? [];
	const groups = [];
	for (const row of stages.filter(({stage}) => stage === undefined)) {
		const {kind, interfaces, routes} = row;
		const same = (other) => other.interfaces === interfaces && other.routes === routes;
		const parts = stages.filter((other) => same(other) && other.kind === kind && other.stage !== undefined);
		const bars = [{name: 'netmon, by stage', parts: parts.map(({stage, median}) => ({name: stage, ms: Math.max(0, median)}))}];
		for (const [name, what] of [
			['kata-netmon', `${kind}, kata-netmon`],
			['floor (C)', `${kind}, floor`],
			['ip alone', kind === 'link' ? 'ip -j -d addr show' : 'ip -j -d route show'],
		]) {
			const found = latency.find((other) => same(other) && other.what === what);
			if (found !== undefined) bars.push({name, parts: [{name, ms: found.median}]});
		}
		groups.push({title: `${kind} event, ${count(interfaces)} interfaces, ${count(routes)} routes`, bars});
	}
	if (groups.length === 0) throw new Error('a chart needs the measurements "stages" and "latency"');
	writeFileSync(join(root, 'docs', 'performance.svg'), svgOf(groups, stageNamesOf(stages)));
}

const count = (number) => number.toLocaleString('en');
const stageNamesOf = (rows) => [...new Set(rows.map(({stage}) => stage).filter((stage) => stage !== undefined))];

function svgOf(groups, names) {
	const lines = [];
	let y = 10;
	for (const [index, name] of names.entries()) {
		lines.push(`<rect x="10" y="${y}" width="12" height="12" fill="${colours[index % colours.length]}"/>`, text(28, y + 11, name));
		y += 18;
	}
	for (const {title, bars} of groups) {
		y += 14;
		lines.push(text(10, y + 12, title, 'bold'));
		y += 20;
		const longest = Math.max(...bars.map(total));
		for (const bar of bars) {
			lines.push(text(24, y + 15, bar.name));
			let x = left;
			for (const {name, ms} of bar.parts) {
				const long = ((width - left - 90) * ms) / longest;
				const index = names.indexOf(name);
				const colour = index < 0 ? '#7f7f7f' : colours[index % colours.length];
				lines.push(
					`<rect x="${x.toFixed(1)}" y="${y}" width="${long.toFixed(1)}" height="${barHeight - 4}" fill="${colour}"><title>${name}: ${format(ms)} ms</title></rect>`,
				);
				x += long;
			}
			lines.push(text(x + 6, y + 14, `${format(total(bar))} ms`));
			y += barHeight;
		}
		y += gap;
	}
	return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${y + 10}" viewBox="0 0 ${width} ${y + 10}" font-family="sans-serif" font-size="12">
<rect width="100%" height="100%" fill="#ffffff"/>
${lines.join('\n')}
</svg>
`;
}

const total = ({parts}) => parts.reduce((sum, {ms}) => sum + ms, 0);
const format = (ms) => (ms >= 100 ? ms.toFixed(0) : ms.toPrecision(3));
const text = (x, y, content, weight = 'normal') =>
	`<text x="${x.toFixed(1)}" y="${y}" fill="#222222" font-weight="${weight}">${content}</text>`;
