/**
 * Programs that use the package as others do, each started by a test inside a namespace: what they see
 * is one JSON object a line. `node consumer.js NAME [ARGUMENTS…]`
 */
import {readdirSync, readFileSync} from 'node:fs';
import {type Event, UserError, type WatchSettings, watch} from 'netmon';

function say(what: object): void {
	process.stdout.write(`${JSON.stringify(what)}\n`);
}

function describe(event: Event): string {
	const changes = 'changes' in event ? event.changes.map((change) => Object.values(change).join(' ')) : [];
	return [event.event.replace('-', ' '), subjectOf(event), ...changes].join(' ').trimEnd();
}

function subjectOf(event: Event): string {
	if ('interface' in event) return event.interface?.ifname ?? '';
	if ('address' in event) return event.address.local;
	return 'route' in event ? (event.route?.dst ?? '') : '';
}

/** Children of this process, but for those that have ended. */
function children(): number {
	return readdirSync('/proc').filter((entry) => {
		try {
			const stat = readFileSync(`/proc/${entry}/stat`, 'latin1');
			const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
			return parent === String(process.pid) && state !== 'Z';
		} catch {
			return false;
		}
	}).length;
}

/** The same once those that have been killed are gone, which takes a busy kernel a moment; what is left after five seconds stays. */
async function childrenLeft(): Promise<number> {
	for (const until = performance.now() + 5000; children() > 0 && performance.now() < until; ) {
		await new Promise((resolve) => setTimeout(resolve, 10));
	}
	return children();
}

async function follow(name: string, settings: WatchSettings, isLast: (event: Event) => boolean): Promise<void> {
	for await (const change of watch(settings)) {
		say({name, change: describe(change)});
		if (isLast(change)) break;
	}
	say({name, over: true, children: await childrenLeft()});
}

const isRemoval = (event: Event) => event.event === 'interface-removed';

const programs: Readonly<Record<string, (...args: string[]) => Promise<void>>> = {
	/** Leaves the loop at the first interface that goes. */
	break: () => follow('own', {}, isRemoval),

	async return() {
		const changes = watch();
		say({first: (await changes.next()).done, children: children() > 0});
		const {done, value} = await changes.return();
		say({done, value: value ?? null, children: await childrenLeft(), next: (await changes.next()).done});
	},

	/** Returns while a next() waits, which nothing would end. */
	async leave() {
		const changes = watch({dev: ['nothing']});
		await changes.next();
		const waits = changes.next();
		await changes.return();
		say({done: (await waits).done, children: await childrenLeft()});
	},

	async abort() {
		const controller = new AbortController();
		process.once('SIGUSR2', () => controller.abort());
		await follow('own', {signal: controller.signal}, () => false);
	},

	/** Aborted while it starts, and before. */
	async early() {
		const controller = new AbortController();
		const changes = watch({signal: controller.signal});
		const first = changes.next();
		controller.abort();
		say({done: (await first).done, children: await childrenLeft()});
		await follow('own', {signal: AbortSignal.abort()}, () => false);
	},

	/** Aborted while its `ip` does not answer. */
	async hung(ip = '') {
		const begun = performance.now();
		const {done} = await watch({ip, signal: AbortSignal.timeout(100)}).next();
		say({done, soon: performance.now() - begun < 5000});
		process.exit();
	},

	async throw() {
		const error = new Error('of the consumer');
		try {
			for await (const change of watch()) if (change.event === 'interface-found') throw error;
		} catch (caught) {
			say({same: caught === error, children: await childrenLeft()});
		}
	},

	async missing() {
		for (const settings of [{netns: 'nope'}, {ip: '/no/such/ip'}]) {
			await watch(settings)
				.next()
				.catch(async (error: unknown) => {
					const known = error instanceof UserError;
					say({
						name: known && error.name,
						message: known && error.message,
						advice: known && error.advice !== '',
						children: await childrenLeft(),
					});
				});
		}
	},

	/** Follows a namespace by its name until that goes. */
	async gone(netns) {
		try {
			await follow('own', netns === undefined ? {} : {netns}, () => false);
		} catch (error) {
			say({error: error instanceof UserError && `${error.name}: ${error.message}`, children: await childrenLeft()});
		}
	},

	/** Takes one change, and no more until it is told to. */
	async slow() {
		const changes = watch({mostWaiting: 10});
		await changes.next();
		const told = new Promise<void>((resolve) => process.once('SIGUSR2', () => resolve()));
		say({waits: true});
		await told;
		try {
			for (;;) if ((await changes.next()).done) break;
		} catch (error) {
			say({range: error instanceof RangeError, children: await childrenLeft()});
		}
	},

	/** Twenty with one signal. */
	async many() {
		const controller = new AbortController();
		const watches = Array.from({length: 20}, () => watch({signal: controller.signal}));
		await Promise.all(watches.map((each) => each.next()));
		controller.abort();
		for (const each of watches) for await (const _ of each) void _;
		say({children: await childrenLeft()});
	},

	/** Two at once; each ends when an interface goes in its own namespace. */
	async two(...paths) {
		await Promise.all(paths.map((netns, index) => follow(`ns${index}`, {netns}, isRemoval)));
		say({children: await childrenLeft()});
	},
};

const [name = '', ...args] = process.argv.slice(2);
await programs[name]?.(...args);
