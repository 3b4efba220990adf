import type {EventChoice} from '../diff/event-filter.js';
import {UsageError} from '../model/errors.js';
import {nextTime, parseMoment} from '../text/moment.js';
import {isFirstAddress, parseNetwork, printedNetwork} from '../text/network-text.js';
import {defaultJournal} from './journal-directory.js';
import {type GivenOptions, logOptions} from './option-table.js';
import {type Environment, OptionValues} from './option-values.js';
import {eventChoice, familyValues, outputForm} from './watch-options.js';

/** The options of `netmon log`, checked. */
export interface LogOptions {
	readonly journal: string;
	readonly since: Date | undefined;
	readonly until: Date | undefined;
	/** Destinations as `ip` prints them. */
	readonly routes: readonly string[];
	readonly addresses: readonly string[];
	/** Shell patterns. */
	readonly netns: readonly string[];
	readonly choice: EventChoice;
	/** A name or number, or `all`. */
	readonly table: string;
	readonly follow: boolean;
	readonly output: 'human' | 'ndjson';
	readonly color: 'auto' | 'always' | 'never';
	readonly timestamps: 'time' | 'full';
}

export function checkLogOptions(given: GivenOptions, environment: Environment, now: Date): LogOptions {
	const values = new OptionValues(logOptions, given, environment);
	const since = moment(values, 'since', now);
	const until = endAfter(since, moment(values, 'until', now), values);
	if (since !== undefined && until !== undefined && since > until) {
		throw new UsageError(`${values.where('since')} is later than ${values.where('until')}`, 'Name the earlier time with --since.');
	}
	const follow = values.switch('follow');
	if (follow && until !== undefined) throw new UsageError('--follow and --until cannot be used together', 'Use one of them.');
	return {
		journal: values.text('journal') ?? defaultJournal(environment),
		since,
		until,
		routes: values.list('route').map((text) => destination(text, values)),
		addresses: values.list('address').map((text) => address(text, values)),
		netns: values.list('netns'),
		choice: {...eventChoice(values), families: familyValues(values, 'all')},
		table: values.required('table'),
		follow,
		output: outputForm(values, given),
		color: values.choice('color', ['auto', 'always', 'never']),
		timestamps: values.choice('timestamps', ['time', 'full']),
	};
}

const halfDayMs = 12 * 3_600_000;

/** `--since 11:55 --until 12:05` may be asked at 11:58, when the last 12:05 was that of yesterday. */
function endAfter(since: Date | undefined, last: Date | undefined, values: OptionValues): Date | undefined {
	if (since === undefined || last === undefined || since <= last) return last;
	const next = nextTime(values.text('until') ?? '', last);
	return next !== undefined && next >= since && next.getTime() - since.getTime() < halfDayMs ? next : last;
}

function moment(values: OptionValues, name: string, now: Date): Date | undefined {
	const text = values.text(name);
	if (text === undefined) return undefined;
	const at = parseMoment(text, now);
	if (at === undefined) {
		throw new UsageError(
			`${values.where(name)} is not a time: "${text}"`,
			'Write it as 12:03, 2026-11-26T12:03 or -5m (five minutes ago).',
		);
	}
	return at;
}

/** As `ip` prints it: `default`, and a host without its length. */
function destination(text: string, values: OptionValues): string {
	if (text === 'default') return text;
	const network = parseNetwork(text);
	// The kernel refuses a route with bits set behind its prefix (fib_valid_key_len, net/ipv4/fib_trie.c).
	if (network === undefined || !isFirstAddress(network))
		throw new UsageError(`${values.where('route')} is not a destination: "${text}"`, 'Write it as default, 10.0.0.0/8 or fd00::/64.');
	return printedNetwork(network);
}

function address(text: string, values: OptionValues): string {
	const network = parseNetwork(text);
	if (network === undefined || network.withPrefix)
		throw new UsageError(`${values.where('address')} is not an address: "${text}"`, 'Write it as 10.0.0.2 or fd00::2.');
	return printedNetwork(network);
}
