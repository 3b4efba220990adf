import test from 'ava';
import {priority} from '../../src/report/journal-stream.js';
import {DaemonLog} from '../../src/report/log.js';

function logAt(level: 'warn' | 'panic') {
	const lines: {level: unknown; msg: unknown; priority: number}[] = [];
	const log = new DaemonLog({
		level,
		format: 'json',
		fields: {},
		output: {
			write(line, linePriority) {
				const {level: shown, msg} = JSON.parse(line);
				lines.push({level: shown, msg, priority: linePriority});
			},
		},
	});
	return {log, lines};
}

test('what somebody asks for (SIGUSR1) is of level info, and written at any --log-level', async (t) => {
	for (const level of ['warn', 'panic'] as const) {
		const {log, lines} = logAt(level);
		log.info({}, 'nobody asked');
		log.answer({}, 'first');
		await log.load();
		log.answer({}, 'second');
		log.info({}, 'nobody asked');
		const asked = (msg: string) => ({level: 'info', msg, priority: priority.info});
		t.deepEqual(lines, [asked('first'), asked('second')]);
	}
});
