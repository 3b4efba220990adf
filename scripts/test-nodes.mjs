// Runs the tests under other Nodes, which npm has as the package "node".
//   node scripts/test-nodes.mjs [--quick] [VERSION…]
// --quick: most tests that need no namespace, and a short story of the built program.
import {execFileSync} from 'node:child_process';
import {existsSync, readFileSync, rmSync} from 'node:fs';
import {join} from 'node:path';
import {parseArgs} from 'node:util';
import {conclude, root, runOnline, runTests} from './run.mjs';

/** The oldest that `engines` allows, and the newest of each line that people run. */
const defaults = ['20.19.0', '22', '24', '26'];

const {values, positionals} = parseArgs({options: {quick: {type: 'boolean', default: false}}, allowPositionals: true});
const versions = positionals.length > 0 ? positionals : defaults;
const smoke = ['build/test/smoke/*.test.js'];
const quick = [...smoke, 'build/test/{diff,options,probe,text,watch}/*.test.js'];

/** Installs it in a cache that git ignores. Resolves to the path of its program; to undefined, after a message, if the registry cannot be reached. */
async function install(version) {
	const prefix = join(root, 'node_modules/.cache/nodes', version);
	const program = join(prefix, 'node_modules/node/bin/node');
	if (!existsSync(program)) {
		const {code, printed, unreachable} = await runOnline([
			'install',
			'--prefix',
			prefix,
			'--no-save',
			'--no-audit',
			'--no-fund',
			`node@${version}`,
		]);
		if (unreachable !== undefined) {
			console.log(`skipped: Node ${version}: npm cannot get it from its registry: ${unreachable}`);
			rmSync(prefix, {recursive: true, force: true});
			return undefined;
		}
		if (code !== 0 || !existsSync(program)) throw new Error(`cannot install node@${version}: ${printed}`);
	}
	return program;
}

/** Whether ava says that it runs under this Node (`engines`, of the forms ^20.19 and >=25). */
function runnerSupports(version) {
	const {engines} = JSON.parse(readFileSync(join(root, 'node_modules/ava/package.json'), 'utf8'));
	const [major, minor] = version.slice(1).split('.').map(Number);
	return engines.node.split('||').some((range) => {
		const [, form, wanted, least = '0'] = /^\s*(\^|>=)(\d+)(?:\.(\d+))?/.exec(range) ?? [];
		if (form === '^') return major === Number(wanted) && minor >= Number(least);
		return form === '>=' && (major > Number(wanted) || (major === Number(wanted) && minor >= Number(least)));
	});
}

const results = [];
for (const wanted of versions) {
	const node = await install(wanted);
	if (node === undefined) continue;
	const version = execFileSync(node, ['--version'], {encoding: 'utf8'}).trim();
	if (runnerSupports(version)) {
		results.push(await runTests(`Node ${version}`, node, values.quick ? quick : ['build/test/**/*.test.js']));
	} else {
		// The tests run under this Node, and start the built program under that one.
		results.push(await runTests(`Node ${version}, the built program`, process.execPath, smoke, {NETMON_TEST_NODE: node}));
	}
}
if (results.length > 0) conclude(results);
