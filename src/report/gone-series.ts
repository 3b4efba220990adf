import type {Event} from '../model/event.js';

/** Long enough for the last values to be scraped. */
const keptMs = 10 * 60_000;

type Labels = Partial<Record<string, string | number>>;

/** A metric of prom-client, as far as it matters here. */
interface Metric {
	get(): Promise<{readonly values: readonly {readonly labels: Labels}[]}>;
	remove(labels: Labels): void;
}

/** Removes the series of namespaces that are gone. Names of processes and pods never return, and each series would stay for ever. */
export class GoneSeries {
	readonly #metrics: readonly Metric[];
	/** When each namespace went, by its name, the earliest first. */
	readonly #gone = new Map<string, number>();

	constructor(metrics: readonly Metric[]) {
		this.#metrics = metrics;
	}

	/** @returns when what is due has been removed */
	async take({event, netns = '', time}: Event): Promise<void> {
		if (event === 'namespace-found') this.#gone.delete(netns);
		if (event !== 'namespace-gone') return;
		const now = Date.parse(time);
		this.#gone.set(netns, now);
		const due = new Set([...this.#gone].flatMap(([name, since]) => (now - since > keptMs ? [name] : [])));
		for (const name of due) this.#gone.delete(name);
		if (due.size > 0) await Promise.all(this.#metrics.map((metric) => removeFrom(metric, due)));
	}
}

async function removeFrom(metric: Metric, names: ReadonlySet<string>): Promise<void> {
	const {values} = await metric.get();
	for (const {labels} of values) {
		// A bucket has the label `le`, which remove() does not know.
		const {le: _, ...own} = labels;
		if (names.has(String(own['netns']))) metric.remove(own);
	}
}
