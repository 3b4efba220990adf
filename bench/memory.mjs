import {spawn} from 'node:child_process';
import {kataNetmon, Monitor} from './monitor.mjs';
import {Namespace, routeLines} from './namespace.mjs';
import {descendantsOf, memoryOf, memoryOfAll} from './processes.mjs';
import {sleep} from './wait.mjs';

/** Time after which a heap that is not used any more has been given back, if it ever is. */
const settleMs = 5000;

/** Memory of all processes: Node itself and its helpers apart, beside an idle Node that does nothing. */
export async function measureMemory(context) {
	context.say('memory');
	const namespace = await Namespace.make(context.programs);
	const rows = [];
	const checks = [];
	let monitor;
	const bare = spawn(process.execPath, ['-e', 'setInterval(() => undefined, 1e9)'], {stdio: 'ignore'});
	try {
		namespace.fill({interfaces: 10, routes: 10});
		monitor = new Monitor(kataNetmon, namespace, context);
		await monitor.ready();
		await sleep(settleMs);
		const idleNode = memoryOf(bare.pid);
		rows.push({what: 'bare node: RSS', unit: 'MB', median: idleNode.rss}, {what: 'bare node: Pss', unit: 'MB', median: idleNode.pss});
		const note = (when) => {
			const node = memoryOf(monitor.pid);
			const helpers = memoryOfAll(descendantsOf(monitor.pid));
			rows.push({what: `${when}: Node, RSS`, unit: 'MB', median: node.rss, ratio: node.rss / idleNode.rss, of: 'bare node'});
			rows.push({what: `${when}: Node, Pss`, unit: 'MB', median: node.pss, ratio: node.pss / idleNode.pss, of: 'bare node'});
			rows.push({what: `${when}: helpers (${descendantsOf(monitor.pid).length}), RSS`, unit: 'MB', median: helpers.rss});
			rows.push({what: `${when}: helpers, Pss`, unit: 'MB', median: helpers.pss});
			return {node, helpers};
		};
		const check = (what, value, limit, unit) => checks.push({what, value, limit, unit, holds: value <= limit});
		const idle = note('idle');
		check('idle Node: at most 1.3 x bare node (RSS)', idle.node.rss / idleNode.rss, 1.3, 'x');
		check('its helpers: at most 6 MB more (Pss)', idle.helpers.pss, 6, 'MB');

		const many = context.quick ? 2000 : 10_000;
		namespace.batch(routeLines('add', many, 100));
		await monitor.log.quiet(2000);
		note(`with ${many} routes`);
		namespace.batch(routeLines('del', many, 100));
		await monitor.log.quiet(2000);
		await sleep(settleMs);
		const after = note(`after ${many} routes came and went`);
		check('after a storm: at most 1.6 x bare node (RSS)', after.node.rss / idleNode.rss, 1.6, 'x');

		const changes = context.quick ? 2000 : 20_000;
		await churn(namespace, changes);
		await monitor.log.quiet(2000);
		await sleep(settleMs);
		const churned = note(`after ${changes} changes`);
		check(`after ${changes} changes of links and routes: at most 1.6 x bare node (RSS)`, churned.node.rss / idleNode.rss, 1.6, 'x');
	} finally {
		bare.kill('SIGKILL');
		await monitor?.stop();
		namespace.close();
	}
	return {rows, checks};
}

/** Changes one after another, slowly enough that most are seen one by one. */
async function churn(namespace, count) {
	const f0 = Number(/^(\d+):/.exec(namespace.ip(['-o', 'link', 'show', 'dev', 'f0']))[1]);
	const f1 = Number(/^(\d+):/.exec(namespace.ip(['-o', 'link', 'show', 'dev', 'f1']))[1]);
	for (let n = 0; n < count; n += 4) {
		await namespace.change(`add 10.97.0.1 ${f0}`);
		await namespace.change(`down ${f1}`);
		await sleep(2);
		await namespace.change(`del 10.97.0.1 ${f0}`);
		await namespace.change(`up ${f1}`);
		await sleep(2);
	}
}
