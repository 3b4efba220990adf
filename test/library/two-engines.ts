/**
 * Two engines with a runtime each, in one process: `node two-engines.js (NETNS SANDBOX RUNTIME STATE_DIR)…`.
 * Says "watching" when all watch, and ends them all at SIGTERM; SIGUSR2 ends the first alone.
 */
import {openRuntimeSide} from '../../src/app/runtime-side.js';
import {Engine} from '../../src/host/engine.js';
import {resolveNamespace} from '../../src/host/namespace.js';
import {silentLog} from '../../src/model/log.js';
import {checkWatchOptions} from '../../src/options/watch-options.js';
import {findIpProgram} from '../../src/probe/ip-program.js';
import {IpProbe} from '../../src/probe/probe.js';
import {systemClock} from '../../src/time/clock.js';

interface Part {
	start(): Promise<void>;
	end(): Promise<void>;
}

function makePart(netns: string, sandbox: string, runtime: string, stateDir: string): Part {
	const options = checkWatchOptions({netns, sandbox, runtime, 'state-dir': stateDir, 'address-wait': '10m'}, process.env);
	const namespace = resolveNamespace(options.netns);
	const program = findIpProgram(options.ip, namespace.own ? undefined : namespace.path, process.env['PATH'] ?? '');
	const around = {log: silentLog, mortality: program.mortality, onLost: () => undefined};
	const open = openRuntimeSide(sandbox, runtime, options, namespace, around);
	const {families, onChange, addressWaitMs, intervalMs} = options;
	const engine = new Engine(
		{probe: new IpProbe(program, silentLog), clock: systemClock, log: silentLog, runtime: open.side},
		{rules: {families, onChange, addressWaitMs, kernelRoutes: false}, pollIntervalMs: intervalMs},
	);
	return {
		start: () => engine.start(() => open.own()),
		async end() {
			await engine.stop(1000);
			open.leave('goes on');
		},
	};
}

const words = process.argv.slice(2);
const parts: Part[] = [];
for (let at = 0; at < words.length; at += 4) {
	const [netns = '', sandbox = '', runtime = '', stateDir = ''] = words.slice(at, at + 4);
	parts.push(makePart(netns, sandbox, runtime, stateDir));
}
process.once('SIGTERM', () => void Promise.all(parts.map((part) => part.end())));
process.once(
	'SIGUSR2',
	() =>
		void parts
			.shift()
			?.end()
			.then(() => process.stdout.write('one has ended\n')),
);
await Promise.all(parts.map((part) => part.start()));
process.stdout.write('watching\n');
