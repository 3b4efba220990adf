// Runs the integration tests with the system's ip and with each of test/fixtures/ip, or those named.
//   node scripts/test-ips.mjs [--files PATTERN] [QUIRK…]
import {readdirSync} from 'node:fs';
import {join} from 'node:path';
import {parseArgs} from 'node:util';
import {conclude, root, runTests} from './run.mjs';

const {values, positionals} = parseArgs({
	options: {files: {type: 'string', default: 'build/test/integration/*.test.js'}},
	allowPositionals: true,
});
const folder = join(root, 'test/fixtures/ip');
const all = [undefined, ...readdirSync(folder).filter((name) => !name.includes('.'))];
const unknown = positionals.filter((name) => !all.includes(name));
if (unknown.length > 0) throw new Error(`no program in test/fixtures/ip: ${unknown.join(', ')}`);

const results = [];
for (const quirk of positionals.length > 0 ? positionals : all) {
	const env = quirk === undefined ? {} : {NETMON_TEST_IP: join(folder, quirk)};
	results.push(await runTests(quirk ?? "the system's", process.execPath, [values.files], env));
}
conclude(results);
