// Measures netmon: every figure as a ratio to something measured in the same run, on the same machine.
import {parseArgs} from 'node:util';
import {checkBuilt, compilePrograms, makeScratch, removeScratch} from './programs.mjs';
import {printReport} from './report.mjs';

const sections = {
	latency: async () => (await import('./latency.mjs')).measureLatency,
	hooks: async () => (await import('./hooks.mjs')).measureHooks,
	start: async () => (await import('./start.mjs')).measureStart,
	memory: async () => (await import('./memory.mjs')).measureMemory,
	storms: async () => (await import('./storms.mjs')).measureStorms,
	observer: async () => (await import('./observer.mjs')).measureObserver,
	parse: async () => (await import('./parse.mjs')).measureParse,
	idle: async () => (await import('./idle.mjs')).measureIdle,
	tricks: async () => (await import('./tricks.mjs')).measureTricks,
	host: async () => (await import('./host.mjs')).measureHost,
	journal: async () => (await import('./journal.mjs')).measureJournal,
	stages: async () => (await import('./stages.mjs')).measureStages,
};

const usage = `Usage: npm run bench -- [--quick] [--only NAME,...] [--against COMMAND | --go PATH] [--json] [--chart]

  --quick            fewer repetitions and smaller sizes
  --only NAME,...    of ${Object.keys(sections).join(', ')}
  --against COMMAND  measure beside it another monitor with kata-netmon's arguments (-r RUNTIME -s SANDBOX)
  --go PATH          the same with the original, kata-netmon in Go, and check the limits beside it; it needs /dev/log
  --json             the results as JSON
  --chart            draw docs/performance.svg from the results
`;

const {values} = parseArgs({
	options: {
		quick: {type: 'boolean', default: false},
		only: {type: 'string'},
		against: {type: 'string'},
		go: {type: 'string'},
		json: {type: 'boolean', default: false},
		chart: {type: 'boolean', default: false},
		help: {type: 'boolean', default: false},
	},
});
const chosen = values.only?.split(',') ?? Object.keys(sections);
const unknown = chosen.filter((name) => !(name in sections));
if (values.help || unknown.length > 0) {
	process.stderr.write(unknown.length > 0 ? `no such measurement: ${unknown.join(', ')}\n\n${usage}` : usage);
	process.exit(values.help ? 0 : 1);
}

checkBuilt();
const scratch = makeScratch();
process.on('exit', () => removeScratch(scratch));
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(1));

let programs;
const context = {
	scratch,
	/** Compiled when a measurement needs them: parse does not, and runs without a compiler. */
	get programs() {
		programs ??= compilePrograms(scratch);
		return programs;
	},
	quick: values.quick,
	against: values.go ?? values.against,
	original: values.go !== undefined,
	say: (text) => process.stderr.write(`${text} …\n`),
};
const report = {node: process.version, at: new Date().toISOString(), quick: values.quick, sections: {}};
for (const name of chosen) {
	const measure = await sections[name]();
	report.sections[name] = await measure(context);
}
if (values.chart) (await import('./chart.mjs')).drawChart(report);
if (values.json) process.stdout.write(`${JSON.stringify(report, undefined, '\t')}\n`);
else printReport(report);
process.exit(0);
