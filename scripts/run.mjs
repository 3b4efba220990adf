import {spawn} from 'node:child_process';
import {fileURLToPath} from 'node:url';

/** The folder of the package. */
export const root = fileURLToPath(new URL('../', import.meta.url));

const running = new Set();
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) {
	process.once(signal, () => {
		for (const child of running) child.kill('SIGTERM');
		process.exit(1);
	});
}

/** Runs a program to its end; what it prints is kept, and shown too where asked for. */
export function run(file, args, {env = {}, cwd = root, show = false} = {}) {
	return new Promise((resolve) => {
		const child = spawn(file, args, {cwd, env: {...process.env, ...env}, stdio: ['ignore', 'pipe', 'pipe']});
		running.add(child);
		let printed = '';
		let stdout = '';
		const take = (chunk, stream) => {
			printed += chunk;
			if (show) stream.write(chunk);
		};
		child.stdout.on('data', (chunk) => {
			stdout += chunk;
			take(chunk, process.stdout);
		});
		child.stderr.on('data', (chunk) => take(chunk, process.stderr));
		child.on('error', (error) => resolve({code: 1, printed: error.message, stdout: ''}));
		child.on('close', (code) => {
			running.delete(child);
			resolve({code: code ?? 1, printed, stdout});
		});
	});
}

/** Codes of npm for a registry that cannot be reached, or that does not answer as it should. */
const networkCodes =
	/\bcode ((?:E(?:AI_AGAIN|NOTFOUND|TIMEDOUT|CONNRESET|CONNREFUSED|HOSTUNREACH|NETUNREACH|IDLETIMEOUT|429|5\d\d))|ERR_SOCKET_TIMEOUT|FETCH_ERROR)\b/;
const installLimitSeconds = 180;

/** Runs npm, which needs its registry. If npm failed because the registry did not answer, `unreachable` in the result says why. */
export async function runOnline(args, options = {}) {
	const ended = await run('timeout', ['--kill-after=5', String(installLimitSeconds), 'npm', ...args], options);
	const late = ended.code === 124 || ended.code === 137 ? `no end within ${installLimitSeconds} s` : undefined;
	return {...ended, unreachable: ended.code === 0 ? undefined : (late ?? networkCodes.exec(ended.printed)?.[1])};
}

/** Runs tests by ava under a Node; resolves to whether they passed. What went wrong is shown, what went well is a line. */
export async function runTests(title, node, patterns, env = {}) {
	const begun = performance.now();
	const ava = `${root}node_modules/ava/entrypoints/cli.mjs`;
	const {code, printed} = await run(node, [ava, ...patterns], {env});
	const counts = printed.match(/^ +\d+ tests? (?:passed|failed|skipped).*$/gm)?.map((line) => line.trim()) ?? ['no test was run'];
	const seconds = Math.round((performance.now() - begun) / 1000);
	console.log(`${code === 0 ? 'ok  ' : 'FAIL'}  ${title}  ${counts.join(', ')}, ${seconds} s`);
	if (code !== 0) console.log(printed.replace(/^ +✔.*\n/gm, ''));
	return code === 0;
}

/** Ends with 1 where something has failed, and says so in a line. */
export function conclude(results) {
	const failed = results.filter((passed) => !passed).length;
	console.log(`${results.length - failed} passed, ${failed} failed`);
	process.exitCode = failed === 0 && results.length > 0 ? 0 : 1;
}
