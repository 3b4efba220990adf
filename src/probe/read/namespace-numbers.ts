import {Fields} from '../../json/fields.js';
import {SnapshotError} from '../../model/errors.js';
import {OneShotQueries} from '../ask/one-shot-queries.js';
import type {IpProgram} from '../ip-program.js';
import {attempt} from './attempt.js';
import {parseIpJson} from './ip-json.js';

/**
 * The names of `ip netns` that a namespace's numbers of other namespaces (`link_netnsid`) stand for. The kernel gives a number
 * when it first shows a link that leads there (peernet2id_alloc, net/core/net_namespace.c), so ask after a dump of the links.
 * Rejects with a SnapshotError.
 */
export async function readNamespaceNumbers(program: IpProgram): Promise<ReadonlyMap<number, string>> {
	const queries = new OneShotQueries(program);
	const question = {family: 'inet', words: ['netns', 'list-id'], details: false} as const;
	const answer = await attempt(queries, question, ({stdout}, what) => {
		const numbers = parseIpJson(stdout.toString('latin1'), what).flatMap((entry) => {
			const fields = new Fields(entry, what);
			const [nsid, name] = [fields.integer('nsid'), fields.optionalText('name')];
			return name === undefined ? [] : [[nsid, name] as const];
		});
		return new Map(numbers);
	});
	if (answer instanceof SnapshotError) throw answer;
	return answer.read;
}
