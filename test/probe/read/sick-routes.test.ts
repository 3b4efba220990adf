import test from 'ava';
import {Sick} from '../../../src/probe/read/sick.js';
import {SnapshotReader} from '../../../src/probe/read/snapshot.js';
import {QuestionedQueries} from '../../helpers/answering-queries.js';
import {HeldClock} from '../../helpers/held-clock.js';
import {RecordingLog} from '../../helpers/recording-log.js';

const one = '{"type":"unicast","dst":"10.8.0.0/16","dev":"v0","protocol":"boot","scope":"link","flags":[]}';
const two = '{"type":"unicast","dst":"10.9.0.0/16","dev":"v0","protocol":"boot","scope":"link","flags":[]}';
const sick = '{"type":"unicast","dst":"10.9.0.0/16","dev":"v0","metric":,"flags":[]}';
const three = '{"type":"unicast","dst":"10.10.0.0/16","dev":"v0","protocol":"boot","scope":"link","flags":[]}';
const list = (...routes: readonly string[]) => `[${routes.join()}]`;

function make(...answers: readonly string[]) {
	let said = '[]';
	const log = new RecordingLog();
	const clock = new HeldClock();
	const queries = new QuestionedQueries((question) => (question.includes('-d') || answers.length === 0 ? said : (answers[0] ?? '')));
	const reader = new SnapshotReader(queries, {sick: new Sick(log), clock});
	const read = async (answer: string) => {
		said = answer;
		const {entries, unread} = await reader.readRoutes('inet');
		return {dsts: entries.map(({dst}) => dst), unread};
	};
	return {
		read,
		warnings: () => log.lines.filter(({level}) => level === 'warn').map(({message, fields}) => `${message}: ${Object(fields).dst}`),
	};
}

const nothingConcluded = 'ip cannot show a route, nothing is concluded about it: 10.9.0.0/16';

test('one route that cannot be read is left out with one warning, the others are taken', async (t) => {
	const {read, warnings} = make();
	for (let times = 0; times < 2; times += 1) {
		const {dsts, unread} = await read(list(one, sick, three));
		t.deepEqual(dsts, ['10.8.0.0/16', '10.10.0.0/16']);
		t.deepEqual(
			unread?.map(({dst}) => dst),
			['10.9.0.0/16'],
		);
	}
	t.deepEqual(warnings(), [nothingConcluded]);
});

test('what is known about a route that cannot be read any more stays in its place, and others come and go', async (t) => {
	const {read, warnings} = make();
	await read(list(one, two));
	t.deepEqual((await read(list(one, sick))).dsts, ['10.8.0.0/16', '10.9.0.0/16']);
	t.deepEqual((await read(list(sick, three))).dsts, ['10.9.0.0/16', '10.10.0.0/16']);
	t.deepEqual(await read(list(three)), {dsts: ['10.10.0.0/16'], unread: undefined});
	t.deepEqual((await read(list(one, sick))).dsts, ['10.8.0.0/16'], 'it had gone');
	t.deepEqual(warnings(), [nothingConcluded, nothingConcluded]);
});

test('a route that only ip -d cannot show is read without it', async (t) => {
	const {read, warnings} = make(list(one, '{"dst":"10.9.0.0/16","dev":"v0","scope":"link","flags":[]}'));
	t.deepEqual(await read(list(one, sick)), {dsts: ['10.8.0.0/16', '10.9.0.0/16'], unread: undefined});
	t.deepEqual(warnings(), ['ip -d cannot show a route, it is read without its details: 10.9.0.0/16']);
});

test('if other routes may hide in an unreadable one, none counts as gone', async (t) => {
	const {read} = make();
	await read(list(one, two, three));
	t.deepEqual((await read(`[${three},{"type":"unicast","dst":"10.8.0.0/16","dev":{"v0"]`)).dsts, [
		'10.10.0.0/16',
		'10.8.0.0/16',
		'10.9.0.0/16',
	]);
});

test('one sick route may be all there is; several of which none can be read are an error', async (t) => {
	const {read} = make();
	t.deepEqual((await read(list(sick))).dsts, []);
	await t.throwsAsync(read(list(sick, sick)), {name: 'SnapshotError', message: /not JSON/});
});

test('150,000 routes at once are read, also beside one that cannot be', async (t) => {
	const {read} = make();
	const dsts = Array.from({length: 150_000}, (_, index) => `10.${index >> 16}.${(index >> 8) & 255}.${index & 255}`);
	const whole = `[${dsts.map((dst) => one.replace('10.8.0.0/16', dst)).join()}]`;
	t.is((await read(whole)).dsts.length, 150_000);
	t.is((await read(`${whole.slice(0, -1)},${sick}]`)).dsts.length, 150_000);
});
