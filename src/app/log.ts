import {eventFilter} from '../diff/event-filter.js';
import {historyFilter} from '../diff/history-filter.js';
import {type Found, History} from '../journal/history.js';
import {listSegments} from '../journal/segment.js';
import {exitCode, JournalError, reasonOf} from '../model/errors.js';
import type {LogOptions} from '../options/log-options.js';
import {routeTables} from '../probe/route-tables.js';
import {localStamp} from '../report/lines.js';
import {complain} from '../report/print.js';
import {visibleText} from '../text/byte-text.js';
import {shellPattern} from '../text/shell-pattern.js';
import {byCause, type ShownEvent} from './by-cause.js';
import {type HistoryOutput, openHistoryOutput} from './history-output.js';

/** Pause between two checks for new events. */
const followMs = 200;

/** Prints the events of a journal. Resolves to the exit code. */
export async function showLog(options: LogOptions): Promise<number> {
	const history = openHistory(options);
	const found = readAll(history, options);
	const several = new Set(found.map(({event}) => event.netns)).size > 1 || (options.follow && options.netns.length !== 1);
	const output = openHistoryOutput({...options, namespaces: several});
	output.show(options.output === 'ndjson' ? inOrder(found) : byCause(found));
	if (options.follow) await follow(() => readAll(history, options), output);
	await output.end();
	if (found.length === 0 && !options.follow && options.output === 'human') await complain(`Note: ${nothingIn(options.journal)}\n`);
	const {damaged, foreign} = history;
	if (damaged > 0) await complain(`Note: ${count(damaged)} of the journal left out, unreadable\n`);
	if (foreign > 0) await complain(`Note: ${count(foreign)} of the journal left out, another version of netmon has written them\n`);
	return exitCode.done;
}

const count = (lines: number) => (lines === 1 ? 'one line' : `${lines} lines`);

function openHistory({journal, since, until, netns, choice, table, routes, addresses}: LogOptions): History {
	checkJournal(journal);
	const filter = historyFilter({routes, addresses}, eventFilter({...choice, table: routeTables(table).has}));
	const patterns = netns.map(shellPattern);
	// A text that every matching line contains. The filter decides which lines match.
	const texts = addresses.length > 0 ? [] : routes.map((dst) => `"dst":${JSON.stringify(dst)}`);
	return new History(journal, {
		since: since?.getTime() ?? Number.NEGATIVE_INFINITY,
		until: until?.getTime() ?? Number.POSITIVE_INFINITY,
		mayMatch: (line) => texts.length === 0 || texts.some((text) => line.includes(text)) || notice.test(line),
		matches: (event) => filter(event) && (patterns.length === 0 || patterns.some((fits) => fits(event.netns ?? ''))),
	});
}

/** Events about the watch itself always match. */
const notice = /"event":"(?:ready|loss|missed|dropped|namespace-[a-z]+|route-flapped)"/;

/** Throws a JournalError if there is no readable journal. */
export function checkJournal(directory: string): void {
	const advice = 'Name its directory with --journal DIR; netmon watch --journal DIR writes one.';
	let count: number;
	try {
		count = listSegments(directory).length;
	} catch (error) {
		throw new JournalError(`cannot read the journal ${directory}: ${reasonOf(error)}`, advice, {cause: error});
	}
	if (count === 0) throw new JournalError(`there is no journal in ${directory}`, advice);
}

/** Says when the journal begins, so that the reader can tell whether nothing happened or nobody watched. */
function nothingIn(journal: string): string {
	const [first] = listSegments(journal);
	const begins = first === undefined ? '' : `, which begins at ${localStamp(first.begins)}`;
	return `nothing of that is in the journal ${visibleText(journal)}${begins}`;
}

function readAll(history: History, {journal}: LogOptions): readonly Found[] {
	try {
		return [...history.read()];
	} catch (error) {
		throw new JournalError(`cannot read the journal ${visibleText(journal)}: ${reasonOf(error)}`, 'See who may read its files.', {
			cause: error,
		});
	}
}

/** Each event once, in the order in which they happened. */
function inOrder(found: readonly Found[]): readonly ShownEvent[] {
	return found.map(({event}) => ({event, depth: 0}));
}

/** Goes on until a signal arrives or nobody reads any more. */
function follow(read: () => readonly Found[], output: HistoryOutput): Promise<void> {
	return new Promise((resolve, reject) => {
		const end = (settle: () => void) => {
			clearInterval(timer);
			settle();
		};
		const timer = setInterval(() => {
			try {
				output.show(inOrder(read()));
			} catch (error) {
				end(() => reject(error));
			}
		}, followMs);
		for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => end(resolve));
		output.onGone(() => end(resolve));
	});
}
