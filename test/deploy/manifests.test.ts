import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {PodMonitor, PrometheusRule} from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1';
import test from 'ava';
import {DaemonSet} from 'kubernetes-models/apps/v1';
import {Namespace} from 'kubernetes-models/v1';
import ts from 'typescript';
import {parse} from 'yaml';
import {root} from '../helpers/netmon.js';
import {inManifest, kubernetesFolder, manifests} from './manifests.js';

/** A model of each kind, which checks an object by the API's schema, and where its type is. */
const models = {
	Namespace: {model: Namespace, type: 'kubernetes-models/v1/Namespace'},
	DaemonSet: {model: DaemonSet, type: 'kubernetes-models/apps/v1/DaemonSet'},
	PodMonitor: {model: PodMonitor, type: '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/PodMonitor'},
	PrometheusRule: {model: PrometheusRule, type: '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/PrometheusRule'},
} as const;

function modelOf(kind: string): (typeof models)[keyof typeof models] {
	const [, found] = Object.entries(models).find(([name]) => name === kind) ?? [];
	if (found === undefined) throw new Error(`no schema for a ${kind}`);
	return found;
}

/**
 * What TypeScript has to say of each object by the API's types: unlike the schemas, these know every key that there is. One program for
 * all, since most of its time goes for reading the types.
 */
function mistakesIn(objects: Readonly<Record<string, {readonly kind: string; readonly object: object}>>): Record<string, string[]> {
	const codes = new Map(
		Object.entries(objects).map(([name, {kind, object}]) => [
			join(root, `test/deploy/${name}.ts`),
			`import type {I${kind} as Kind} from '${modelOf(kind).type}';\nexport const object: Kind = ${JSON.stringify(object)};\n`,
		]),
	);
	const options: ts.CompilerOptions = {
		...{strict: true, noEmit: true, skipLibCheck: true, types: [], lib: ['lib.es5.d.ts']},
		...{module: ts.ModuleKind.ESNext, moduleResolution: ts.ModuleResolutionKind.Bundler, target: ts.ScriptTarget.ES2022},
	};
	const host = ts.createCompilerHost(options);
	const {fileExists, getSourceFile} = host;
	host.fileExists = (path) => codes.has(path) || fileExists(path);
	host.getSourceFile = (path, ...rest) => {
		const code = codes.get(path);
		return code === undefined ? getSourceFile(path, ...rest) : ts.createSourceFile(path, code, ts.ScriptTarget.ES2022);
	};
	const found = ts.getPreEmitDiagnostics(ts.createProgram([...codes.keys()], options, host));
	return Object.fromEntries(
		Object.keys(objects).map((name) => [
			name,
			found
				.filter(({file}) => file === undefined || file.fileName.endsWith(`/${name}.ts`))
				.map(({messageText}) => ts.flattenDiagnosticMessageText(messageText, '\n')),
		]),
	);
}

for (const {file, kind, object} of manifests) {
	test(`${file} is a ${kind} by the API's schema`, (t) => {
		const {model: Model} = modelOf(kind);
		t.notThrows(() => Reflect.construct(Model, [object]).validate());
	});
}

test('the manifests have no key that the API does not know, where a misspelt one would be found', (t) => {
	const [daemonSet] = manifests.filter(({kind}) => kind === 'DaemonSet');
	const spec = inManifest('DaemonSet', 'spec', 'template', 'spec');
	const misspelt = {...daemonSet?.object, spec: {selector: {}, template: {spec: {...Object(spec), hostPid: true}}}};
	const {control, ...mistakes} = mistakesIn({
		...Object.fromEntries(manifests.map((manifest) => [manifest.kind, manifest])),
		control: {kind: 'DaemonSet', object: misspelt},
	});
	t.regex(String(control), /"hostPid"' does not exist/);
	t.deepEqual(mistakes, Object.fromEntries(manifests.map(({kind}) => [kind, []])));
});

test('a value of another type than the schema has is found', (t) => {
	t.throws(() => Reflect.construct(DaemonSet, [{metadata: {name: 4}}]).validate());
});

test('kustomization.yaml names every manifest, and the dashboard', (t) => {
	const {resources, configMapGenerator} = parse(readFileSync(join(kubernetesFolder, 'kustomization.yaml'), 'utf8'));
	t.deepEqual([...resources].sort(), manifests.map(({file}) => file).sort());
	t.deepEqual(configMapGenerator[0].files, ['dashboard.json']);
});

test('what refers to something else finds it: labels, ports, volumes', (t) => {
	const labels = inManifest('DaemonSet', 'spec', 'template', 'metadata', 'labels');
	t.deepEqual(inManifest('DaemonSet', 'spec', 'selector', 'matchLabels'), labels);
	t.deepEqual(inManifest('PodMonitor', 'spec', 'selector', 'matchLabels'), labels);
	const container = ['spec', 'template', 'spec', 'containers', 0] as const;
	const port = inManifest('DaemonSet', ...container, 'ports', 0, 'name');
	t.is(inManifest('PodMonitor', 'spec', 'podMetricsEndpoints', 0, 'port'), port);
	t.is(inManifest('DaemonSet', ...container, 'livenessProbe', 'httpGet', 'port'), port);
	const args = inManifest('DaemonSet', ...container, 'args');
	t.true(Array.isArray(args) && args.includes(`--metrics=:${inManifest('DaemonSet', ...container, 'ports', 0, 'containerPort')}`));
	const names = (list: unknown) => (Array.isArray(list) ? list.map(({name}) => name) : []);
	t.deepEqual(
		names(inManifest('DaemonSet', ...container, 'volumeMounts')),
		names(inManifest('DaemonSet', 'spec', 'template', 'spec', 'volumes')),
	);
});
