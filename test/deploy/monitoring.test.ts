import {spawnSync} from 'node:child_process';
import {readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import prometheus from 'prom-client';
import {CountedMetrics} from '../../src/report/counted-metrics.js';
import {scratchFolder} from '../helpers/runtime.js';
import {reportSkipped} from '../helpers/skipped.js';
import {inManifest, kubernetesFolder} from './manifests.js';

interface Rule {
	readonly alert: string;
	readonly expr: string;
}

interface Panel {
	readonly id: number;
	readonly title: string;
	readonly gridPos: {readonly x: number; readonly y: number; readonly w: number; readonly h: number};
	readonly targets?: readonly {readonly expr: string}[];
}

const groups = inManifest('PrometheusRule', 'spec', 'groups') as readonly {readonly rules: readonly Rule[]}[];
const rules = groups.flatMap((group) => group.rules);
const dashboard: {
	readonly panels: readonly Panel[];
	readonly templating: {readonly list: readonly {readonly name: string; readonly definition?: string}[]};
} = JSON.parse(readFileSync(join(kubernetesFolder, 'dashboard.json'), 'utf8'));
const queries = dashboard.panels.flatMap(({targets = []}) => targets.map(({expr}) => expr));
const expressions = [...rules.map(({expr}) => expr), ...queries];

/** The metrics that netmon exports, with their labels. */
function exported(): Promise<ReadonlyMap<string, readonly string[]>> {
	const registry = new prometheus.Registry();
	new CountedMetrics(
		prometheus,
		registry,
		() => '',
		() => [],
	);
	return registry.getMetricsAsJSON().then(
		(metrics) =>
			new Map(
				metrics.flatMap(({name, type}) => {
					const labels: unknown = Reflect.get(registry.getSingleMetric(name) ?? {}, 'labelNames');
					const known = Array.isArray(labels) ? labels.map(String) : [];
					// The type is an enumeration, whose values are these texts.
					if (String(type) !== 'histogram') return [[name, known] as const];
					return ['bucket', 'sum', 'count'].map((part) => [`${name}_${part}`, part === 'bucket' ? [...known, 'le'] : known] as const);
				}),
			),
	);
}

const metricsIn = (expr: string): string[] => [...expr.matchAll(/\b(?:netmon|process)_[a-z_]+/g)].map(([name]) => name);

/** Labels that an expression selects or groups by. */
function labelsIn(expr: string): string[] {
	const selected = [...expr.matchAll(/\{([^}]*)\}/g)].flatMap(([, list = '']) =>
		[...list.matchAll(/(\w+)\s*[=!]/g)].map(([, name = '']) => name),
	);
	const grouped = [...expr.matchAll(/\b(?:by|on|without|ignoring) \(([^)]*)\)/g)].flatMap(([, list = '']) =>
		list.split(',').map((name) => name.trim()),
	);
	return [...selected, ...grouped];
}

/** Every target has these: the job, and the node that podmonitor.yaml adds. */
const targetLabels = ['job', 'node'];

test('rules and dashboard use no metric that netmon does not export, and no label that the metrics have not', async (t) => {
	const known = await exported();
	for (const expr of [...expressions, ...dashboard.templating.list.map(({definition = ''}) => definition)]) {
		const names = metricsIn(expr);
		for (const name of names) t.true(known.has(name), `${name} in ${expr}`);
		const labels = new Set([...targetLabels, ...names.flatMap((name) => known.get(name) ?? [])]);
		for (const label of labelsIn(expr)) t.true(labels.has(label), `${label} in ${expr}`);
	}
	const used = new Set(expressions.flatMap(metricsIn));
	t.true(used.has('netmon_interface_up') && used.has('netmon_call_duration_seconds_bucket'));
});

test('the relabelling that adds the node to each target is there', (t) => {
	t.is(inManifest('PodMonitor', 'spec', 'podMetricsEndpoints', 0, 'relabelings', 0, 'targetLabel'), 'node');
	t.is(inManifest('PodMonitor', 'spec', 'jobLabel'), 'app.kubernetes.io/name');
	t.is(inManifest('DaemonSet', 'spec', 'template', 'metadata', 'labels', 'app.kubernetes.io/name'), 'netmon');
});

test('the panels of the dashboard do not overlap, and each has a number of its own', (t) => {
	const {panels} = dashboard;
	t.is(new Set(panels.map(({id}) => id)).size, panels.length);
	for (const {title, gridPos: one} of panels) {
		t.true(one.x + one.w <= 24, title);
		const over = panels.filter(
			({gridPos: other}) =>
				other !== one && one.x < other.x + other.w && other.x < one.x + one.w && one.y < other.y + other.h && other.y < one.y + one.h,
		);
		t.deepEqual(over, [], title);
	}
});

const whyNoPromtool = ((): string | undefined => {
	const {status, error} = spawnSync('promtool', ['--version'], {stdio: 'ignore'});
	return status === 0 ? undefined : `promtool of Prometheus cannot be run: ${error?.message ?? `it ended with ${status}`}`;
})();

/** Declares a test that needs promtool, which CI does without: the package that has it is 96 MB. */
function promtoolTest(title: string, run: (t: ExecutionContext) => void): void {
	if (whyNoPromtool === undefined) test(title, run);
	else {
		reportSkipped(title, whyNoPromtool);
		test.skip(title, run);
	}
}

/** What promtool says of these groups of rules. */
function checked(t: ExecutionContext, content: object): {readonly status: number | null; readonly said: string} {
	const {path, close} = scratchFolder();
	t.teardown(close);
	const file = join(path, 'rules.json');
	// JSON is YAML.
	writeFileSync(file, JSON.stringify(content));
	const {status, stdout, stderr} = spawnSync('promtool', ['check', 'rules', file], {encoding: 'utf8'});
	return {status, said: stdout + stderr};
}

promtoolTest('promtool takes the alert rules', (t) => {
	const {status, said} = checked(t, {groups});
	t.is(status, 0, said);
	t.regex(said, new RegExp(`SUCCESS: ${rules.length} rules found`));
});

promtoolTest('promtool takes the queries of the dashboard', (t) => {
	const filled = queries.map((expr) => expr.replaceAll('$__rate_interval', '5m').replaceAll('$node', '.*').replaceAll('$netns', '.*'));
	const {status, said} = checked(t, {groups: [{name: 'dashboard', rules: filled.map((expr, n) => ({record: `query_${n}`, expr}))}]});
	t.is(status, 0, said);
});
