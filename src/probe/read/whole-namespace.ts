import {isObject, type JsonObject} from '../../json/fields.js';
import {SnapshotError} from '../../model/errors.js';
import type {Family, Link} from '../../model/link.js';
import {silentLog} from '../../model/log.js';
import type {Route} from '../../model/route.js';
import {textOfLatin1} from '../../text/byte-text.js';
import {AdaptiveQueries} from '../ask/adaptive-queries.js';
import {type Answer, describeQuestion, type IpQueries, type Question} from '../ask/ip-queries.js';
import type {IpProgram} from '../ip-program.js';
import {parseIpJson} from './ip-json.js';
import {SnapshotReader} from './snapshot.js';

/** A namespace read once: checked, and as `ip` said it. */
export interface WholeNamespace {
	readonly links: readonly Link[];
	readonly routes: readonly Route[];
	/** `ip`'s own objects with all their keys; names are text. */
	readonly raw: {readonly interfaces: readonly JsonObject[]; readonly routes: readonly JsonObject[]};
}

const tries = 5;

/** Rejects with a SnapshotError. A dump that was interrupted is read again; the last one is taken as it is. */
export async function readWholeNamespace(program: IpProgram, families: readonly Family[]): Promise<WholeNamespace> {
	const ip = new AdaptiveQueries(program, silentLog);
	const queries = new KeepingQueries(ip);
	const reader = new SnapshotReader(queries);
	try {
		const links = await whole(() => reader.readLinks());
		const interfaces = queries.lastObjects();
		const routes: Route[] = [];
		const rawRoutes: JsonObject[] = [];
		for (const family of families) {
			routes.push(...(await whole(() => reader.readRoutes(family))));
			rawRoutes.push(...queries.lastObjects());
		}
		return {links, routes, raw: {interfaces, routes: rawRoutes}};
	} finally {
		ip.close();
	}
}

async function whole<Entry>(read: () => Promise<{entries: readonly Entry[]; complete: boolean}>): Promise<readonly Entry[]> {
	let dump = await read();
	for (let left = tries - 1; !dump.complete && left > 0; left -= 1) dump = await read();
	if (!dump.complete) throw new SnapshotError('the namespace changes all the time, every dump was interrupted');
	return dump.entries;
}

/** Keeps the last answer, as it was said. */
class KeepingQueries implements IpQueries {
	readonly #queries: IpQueries;
	#last: {readonly latin1: string; readonly what: string} = {latin1: '[]', what: 'nothing'};

	constructor(queries: IpQueries) {
		this.#queries = queries;
	}

	prepare(): void {}

	ask<Result>(question: Question, read: (answer: Answer) => Result): Promise<Result> {
		return this.#queries.ask(question, (answer) => {
			// They are facts of the routes that were asked for just before.
			if (question.words[0] === 'nexthop') return read(answer);
			this.#last = {latin1: answer.ok ? answer.stdout.toString('latin1') : '[]', what: describeQuestion(question)};
			return read(answer);
		});
	}

	canAsk(words: readonly string[]): boolean {
		return this.#queries.canAsk(words);
	}

	forgetNames(): void {}

	close(): void {}

	lastObjects(): JsonObject[] {
		return parseIpJson(this.#last.latin1, this.#last.what).map((object) => withText(object));
	}
}

/** Every string, read as bytes, becomes text. */
function withText(object: JsonObject): JsonObject {
	return Object.fromEntries(Object.entries(object).map(([key, value]) => [key, textIn(value)]));
}

function textIn(value: unknown): unknown {
	if (typeof value === 'string') return textOfLatin1(value);
	if (Array.isArray(value)) return value.map(textIn);
	return isObject(value) ? withText(value) : value;
}
