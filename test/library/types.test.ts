import {spawnSync} from 'node:child_process';
import {mkdirSync, readFileSync, symlinkSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import {root} from '../helpers/netmon.js';
import {scratchFolder} from '../helpers/runtime.js';

/** What a strict consumer may write, and (`@ts-expect-error`) what it may not. */
const consumer = `
import {type Address, type Difference, type Event, type InterfaceRecord, type Route, UserError, type WatchSettings, watch} from 'netmon';

const settings: WatchSettings = {netns: 'web', families: ['inet'], pollIntervalMs: 1000, signal: AbortSignal.timeout(1000)};

export async function follow(): Promise<string[]> {
	const seen: string[] = [];
	try {
		for await (const event of watch(settings)) {
			if (event.event === 'interface-changed') seen.push(describe(event.interface, event.changes));
			else if (event.event === 'route-added') seen.push(route(event.route));
			else if (event.event === 'ready') seen.push(event.interfaces.toFixed());
			// @ts-expect-error: only of an address, which is not known here
			event.ifname.trim();
		}
	} catch (error) {
		if (error instanceof UserError) seen.push(error.message, error.advice, String(error.exitCode));
	}
	return seen;
}

function describe({ifindex, addr_info}: InterfaceRecord, changes: readonly Difference[]): string {
	const addresses: readonly Address[] = addr_info;
	return [ifindex.toFixed(), addresses.map(({local}) => local), changes.map(({field}) => field)].join(' ');
}

function route({dst, dev, nexthops}: Route): string {
	// @ts-expect-error: a route need not have a device
	dev.trim();
	return dst + (nexthops?.length ?? 0);
}

export const isRoute = (event: Event): event is Event & {route: Route} => event.event === 'route-changed';

// @ts-expect-error: not a name
watch({netns: 5});
// @ts-expect-error: no such family
watch({families: ['ipx']});
// @ts-expect-error: no such option
watch({interval: 5});
// @ts-expect-error: an iterator of changes, not an event emitter
watch().on('change', () => undefined);
`;

/** What docs/library.md shows of types. */
const example = /^```ts\n([\s\S]*?)^```/m.exec(readFileSync(join(root, 'docs/library.md'), 'utf8'))?.[1] ?? '';

const resolutions = {
	nodenext: {module: 'nodenext'},
	bundler: {module: 'esnext', moduleResolution: 'bundler'},
	node10: {module: 'commonjs', moduleResolution: 'node10'},
} as const;

for (const [resolution, options] of Object.entries(resolutions))
	test(`the type declarations compile in a strict consumer: ${resolution}`, (t) => {
		const scratch = scratchFolder();
		t.teardown(() => scratch.close());
		mkdirSync(join(scratch.path, 'node_modules'));
		symlinkSync(root, join(scratch.path, 'node_modules/netmon'));
		writeFileSync(join(scratch.path, 'package.json'), JSON.stringify({type: resolution === 'node10' ? 'commonjs' : 'module'}));
		writeFileSync(join(scratch.path, 'consumer.ts'), consumer);
		t.true(example.includes('WatchSettings'));
		writeFileSync(join(scratch.path, 'example.ts'), example);
		writeFileSync(
			join(scratch.path, 'tsconfig.json'),
			JSON.stringify({
				compilerOptions: {
					strict: true,
					exactOptionalPropertyTypes: true,
					noUncheckedIndexedAccess: true,
					skipLibCheck: false,
					skipDefaultLibCheck: true,
					noEmit: true,
					...options,
					target: 'es2022',
					lib: ['es2022', 'dom'],
					types: [],
				},
				files: ['consumer.ts', 'example.ts'],
			}),
		);
		const {status, stdout} = spawnSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', scratch.path], {
			encoding: 'utf8',
		});
		t.is(status, 0, stdout);
	});

test('the package can be loaded by import and by require', (t) => {
	const load = (...args: readonly string[]) => spawnSync(process.execPath, ['--no-warnings', ...args], {cwd: root, encoding: 'utf8'});
	const print = 'console.log(Object.keys(netmon).sort().join())';
	const names = 'UserError,snapshot,watch\n';
	t.is(load('--input-type=module', '-e', `import * as netmon from 'netmon'; ${print}`).stdout, names);
	t.is(load('-e', `const netmon = require('netmon'); ${print}`).stdout, names);
});
