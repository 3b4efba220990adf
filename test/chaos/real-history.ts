import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {mkdirSync, rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {findProgram} from '../../src/process/find-program.js';
import {stateOf} from '../faults/log-lines.js';
import {furnish} from '../guest/furnished-guest.js';
import {makeNamespace, type TestNamespace, whyNotHere} from '../helpers/namespace.js';
import {programCommand, Running, root} from '../helpers/netmon.js';
import {waitFor} from '../helpers/wait.js';
import {Random} from './random.js';
import {crowd, type Happening, RealHappenings} from './real-happenings.js';
import {RealIp, words} from './real-ip.js';
import {readLinks, readRoutes, type SeenLink} from './real-namespace.js';
import {ChaoticRuntime, type Fate} from './real-runtime.js';
import {type Picture, type RealRules, RealTruth} from './real-truth.js';
import {RealUpsets, type RealWeather} from './real-upsets.js';

/** The result of a history with real namespaces. */
export interface RealEnding {
	readonly seed: number;
	readonly faults: readonly string[];
	readonly trace: readonly string[];
	readonly commands: number;
	readonly calls: number;
}

/** The longest time until the picture is right after the last fault: the longest back-off after a few failures. */
const calmLimitMs = 40_000;
const runtimeTimeoutMs = 700;
const likelyInet6 = {inet: 0.2, inet6: 0.8, all: 0.5} as const;

/** Kinds of links to try. Those that this kernel cannot make are not used. */
const kinds = (): readonly string[] => {
	const simple = ['bridge', 'bridge', 'ifb', 'dummy'].filter((kind) => whyNotHere([`link add x type ${kind}`]) === undefined);
	const onParent = ['macvlan', 'macvtap'].filter(
		(kind) => whyNotHere(['link add x type bridge', `link add y link x type ${kind}`]) === undefined,
	);
	const others = [
		['vlan', 'link add x type bridge', 'link add y link x type vlan id 2'],
		['vxlan', 'link add x type vxlan id 2 dstport 4789'],
		['vrf', 'link add x type vrf table 100'],
		['tap', 'tuntap add x mode tap'],
		['tun', 'tuntap add x mode tun'],
	].flatMap(([kind = '', ...lines]) => (whyNotHere(lines) === undefined ? [kind] : []));
	return ['veth', ...simple, ...onParent, ...others];
};
let knownKinds: readonly string[] | undefined;

/** One namespace, one runtime, and one program that is killed and started again. One seed decides what happens, but not when. */
export class RealHistory {
	readonly #seed: number;
	readonly #rng: Random;
	readonly #weather: RealWeather;
	readonly #rules: RealRules;
	readonly #truth: RealTruth;
	readonly #trace: string[] = [];
	readonly #faults: string[] = [];
	readonly #begun = Date.now();
	readonly #kataNetmon: boolean;
	readonly #fromOutside: boolean;
	readonly #inet6: number;
	readonly #environment: Record<string, string>;
	readonly #runtime: ChaoticRuntime;
	readonly #ipFolder: string;
	readonly #upsets: RealUpsets;
	#commands = 0;
	#disturbances = 0;
	#netmon: Running | undefined;
	#watched = false;
	/** Whether there are many links, most of which never change. */
	readonly #crowded: boolean;
	#here: TestNamespace | undefined;
	#there: TestNamespace | undefined;
	/** The state after the last step. */
	#links: readonly SeenLink[] = [];

	constructor(seed: number) {
		this.#seed = seed;
		const rng = new Random(seed);
		this.#rng = rng;
		const calm = rng.chance(0.2);
		const may = (probability: number) => rng.chance(probability) && !calm;
		const weather = {
			monitor: may(0.4),
			batch: may(0.35),
			kills: may(0.4),
			stops: may(0.4),
			stateDir: may(0.2),
			runtime: may(0.6),
			ipMissing: may(0.15),
			runtimeMissing: may(0.25),
			smallBuffer: may(0.25) ? rng.oneOf('told', 'silent') : 'no',
		} as const;
		this.#weather = weather;
		const sharedAddresses = rng.chance(0.2);
		const addressWait = rng.oneOf('0ms', '100ms', '100ms', '10m');
		const family = rng.oneOf<keyof typeof likelyInet6>('inet', 'inet', 'inet6', 'all', 'all');
		this.#inet6 = likelyInet6[family];
		this.#rules = {
			families: family === 'all' ? ['inet', 'inet6'] : [family],
			onChange: rng.oneOf('ignore', 'first-address', 'replace'),
			announcesBare: addressWait !== '10m',
			profile: rng.oneOf('kata-1.13', 'kata-1.13', 'kata-1.5'),
			// Otherwise an add that fails after its work attaches something that netmon knows can never be attached (failStep,
			// src/diff/announce.ts).
			refuses: rng.chance(0.2) || (sharedAddresses && weather.runtime),
			sharedAddresses,
		};
		this.#truth = new RealTruth(this.#rules);
		this.#kataNetmon = rng.chance(0.4);
		this.#fromOutside = process.getuid?.() === 0 && !this.#kataNetmon && rng.chance(0.3);
		this.#runtime = new ChaoticRuntime(weather.runtime ? this.#fates() : ['ok', 'ok', 'slow 0.05'], this.#rules.refuses);
		this.#ipFolder = join(this.#runtime.folder, 'ip');
		mkdirSync(this.#ipFolder);
		const path = join(this.#ipFolder, 'ip');
		this.#upsets = new RealUpsets(rng, weather, this.#runtime, {path, target: this.#ipTarget()});
		this.#upsets.mend();
		this.#environment = {
			NETMON_STATE_DIR: this.#runtime.stateDir,
			NETMON_IP: path,
			NETMON_FAMILY: family,
			NETMON_ON_CHANGE: this.#rules.onChange,
			NETMON_ADDRESS_WAIT: addressWait,
			NETMON_PROFILE: this.#rules.profile,
			// If events report everything, there is no poll that could hide anything.
			NETMON_INTERVAL: weather.smallBuffer === 'silent' ? '500ms' : rng.oneOf('10m', '10m', '1s'),
			NETMON_RUNTIME_TIMEOUT: `${runtimeTimeoutMs}ms`,
			NETMON_WITHOUT: rng.oneOf('', '', '', 'batch', 'prepared', 'batch,prepared'),
		};
		this.#crowded = rng.chance(0.25);
	}

	async run(): Promise<RealEnding> {
		this.#say(JSON.stringify({rules: this.#rules, weather: this.#weather, ...this.#environment}));
		try {
			await this.#live();
		} catch (error) {
			this.#faults.push(error instanceof Error ? `${error.stack}` : String(error));
		} finally {
			await this.#leave();
		}
		const calls = this.#runtime.begun.length;
		const trace = [...this.#trace, ...this.#runtime.begun.map((call) => `  called: ${call}`)];
		this.#runtime.close();
		return {seed: this.#seed, faults: this.#faults, trace, commands: this.#commands, calls};
	}

	async #live(): Promise<void> {
		const rng = this.#rng;
		const here = await makeNamespace();
		this.#here = here;
		this.#there = await makeNamespace(here);
		const ip = new RealIp(here);
		knownKinds ??= kinds();
		const variety = {
			kinds: knownKinds,
			sharedAddresses: this.#rules.sharedAddresses,
			inet6: this.#inet6,
			fixed: this.#rules.sharedAddresses && this.#rules.onChange !== 'replace',
			here: () => here.pid,
			there: () => this.#there?.pid ?? 1,
		};
		const happenings = new RealHappenings(rng, variety, this.#truth);
		if (this.#crowded) here.batch(crowd);
		const first = rng.oneOf(0, 3, 10);
		for (let count = 0; count < first; count += 1) await this.#happen(ip, happenings.next(this.#links));
		await this.#beginWatch(ip);
		for (let chapters = rng.whole(1, 2); chapters > 0 && this.#faults.length === 0; chapters -= 1) {
			await this.#chapter(ip, happenings);
			await this.#calmDown(ip);
		}
	}

	async #chapter(ip: RealIp, happenings: RealHappenings): Promise<void> {
		const rng = this.#rng;
		rmSync(join(this.#runtime.folder, 'calm'), {force: true});
		const length = rng.whole(6, rng.oneOf(15, 30, 70));
		const disturbed = Object.values(this.#weather).some((value) => value === true);
		for (let count = 0; count < length; count += 1) {
			if (this.#weather.stops && rng.chance(0.12)) await this.#whileAsleep(ip, happenings);
			else if (disturbed && rng.chance(0.25)) await this.#upset();
			else await this.#happen(ip, happenings.next(this.#links));
			const gap = rng.next();
			if (gap > 0.95) await pass(rng.between(200, 800));
			else if (gap > 0.6) await pass(rng.between(0, 60));
		}
	}

	/** Starts it. Everything that is there before it watches and after counts as there at the start. */
	async #beginWatch(ip: RealIp): Promise<void> {
		for (;;) {
			const before = await this.#picture(ip);
			this.#start();
			await this.#netmon?.watching();
			const after = await this.#picture(ip);
			this.#runtime.begin(this.#truth.begin(after));
			// What the kernel does in its own time (an IPv6 address, a carrier) may have come between.
			if (JSON.stringify(before) === JSON.stringify(after)) break;
			this.#netmon?.child.kill('SIGKILL');
			await this.#netmon?.exited;
			rmSync(this.#runtime.stateDir, {recursive: true, force: true});
		}
		await waitFor('the state to be saved', () => this.#upsets.stateThere);
		this.#watched = true;
		this.#commands = 0;
	}

	#start(): void {
		const {path} = this.#runtime;
		const [file, args] = this.#kataNetmon
			? programCommand('kata-netmon', ['-s', 'sb1', '-r', path, '-log', 'info'])
			: programCommand('netmon', ['watch', '-s', 'sb1', '-r', path, '--log-level', 'info', ...this.#netns()]);
		const command = this.#fromOutside ? ([file, args] as const) : this.#here?.command(file, args);
		if (command === undefined) return;
		const netmon = new Running(command, this.#environment);
		this.#netmon = netmon;
		this.#watched = false;
		this.#say(`start ${netmon.child.pid}`);
		void netmon.exited.then((code) => {
			if (this.#netmon === netmon) this.#say(`pid ${netmon.child.pid} has ended with ${code}`);
			this.#sayLog(netmon);
		});
		void netmon.watching().then(
			() => {
				if (this.#netmon === netmon) this.#watched = true;
			},
			() => undefined,
		);
	}

	#netns(): string[] {
		return this.#fromOutside ? ['--netns', `/proc/${this.#here?.pid}/ns/net`] : [];
	}

	async #happen(ip: RealIp, {commands, batched, elsewhere, sysctl, endsElsewhere}: Happening): Promise<void> {
		if (endsElsewhere) {
			this.#say('the other namespace ends');
			this.#there?.close();
			if (this.#here !== undefined) this.#there = await makeNamespace(this.#here);
			return;
		}
		if (sysctl !== undefined) await this.#set(...sysctl);
		const runner = elsewhere && this.#there !== undefined ? new RealIp(this.#there) : ip;
		const where = elsewhere ? 'elsewhere: ' : '';
		this.#commands += commands.length;
		if (batched) {
			const said = commands.slice(0, 8).map((command) => command.join(' '));
			this.#say(`${where}batch of ${commands.length}: ${said.join('; ')}`);
			const {stderr} = await runner.batch(commands);
			if (stderr !== '') this.#say(`    ${stderr.split('\n').slice(0, 6).join(' / ')}`);
		} else {
			for (const command of commands) {
				const {stderr} = await runner.run(command);
				this.#say(`${where}ip ${command.join(' ')}${stderr === '' ? '' : `    -> ${stderr.split('\n')[0]}`}`);
			}
		}
		this.#links = await readLinks(ip);
		this.#truth.note(this.#links);
	}

	/** /proc/sys/net is that of the reader's namespace. If it is read-only, nothing happens. */
	async #set(name: string, value: string): Promise<void> {
		this.#commands += 1;
		this.#say(`${name} = ${value}`);
		const [file, args] = this.#here?.command('sh', ['-c', 'echo "$1" >"$2"', 'sh', value, `/proc/sys/net/${name}`]) ?? ['true', []];
		const child = spawn(file, args, {stdio: 'ignore'});
		await once(child, 'exit');
	}

	async #upset(): Promise<void> {
		const netmon = this.#netmon;
		if (netmon === undefined) return;
		this.#disturbances += 1;
		if (this.#weather.kills && this.#rng.chance(0.35)) return this.#restart(netmon);
		// Does not take away what a program needs that has not started yet.
		if (this.#watched) this.#say(this.#upsets.next(netmon.pid));
		await this.#keepRunning();
	}

	/** Makes changes while it is stopped, so that it sees only the result. */
	async #whileAsleep(ip: RealIp, happenings: RealHappenings): Promise<void> {
		const netmon = this.#netmon;
		if (netmon === undefined || !this.#watched) return;
		this.#disturbances += 1;
		this.#say('SIGSTOP netmon');
		netmon.child.kill('SIGSTOP');
		for (let count = this.#rng.whole(1, 5); count > 0; count -= 1) await this.#happen(ip, happenings.deceptive(this.#links));
		this.#say('SIGCONT netmon');
		netmon.child.kill('SIGCONT');
	}

	async #restart(netmon: Running): Promise<void> {
		this.#say(this.#upsets.mend());
		// A second start before anything is on disk would be a fresh one.
		if (!this.#upsets.stateThere) return;
		const signal = this.#rng.oneOf('SIGKILL', 'SIGKILL', 'SIGTERM', 'SIGINT');
		this.#say(signal);
		netmon.child.kill(signal);
		await netmon.exited;
		if (signal !== 'SIGKILL' && netmon.child.exitCode !== 0 && this.#watched)
			this.#faults.push(`${signal} leads to ${netmon.child.exitCode}`);
		if (this.#rng.chance(0.5)) await pass(this.#rng.between(0, 150));
		this.#start();
	}

	/** Only a signal ends it; only a start during the faults may fail. */
	async #keepRunning(): Promise<void> {
		const netmon = this.#netmon;
		if (netmon === undefined || netmon.child.exitCode === null) return;
		if (this.#watched) throw new Error(`it has ended by itself with ${netmon.child.exitCode}: ${netmon.stderr.slice(-2000)}`);
		this.#say(this.#upsets.mend());
		this.#start();
	}

	/** No more faults: the picture becomes right, and then no more calls are made. */
	async #calmDown(ip: RealIp): Promise<void> {
		this.#upsets.mend();
		this.#runtime.calm();
		await this.#keepRunning();
		this.#say('calm');
		const since = Date.now();
		await waitFor('it to watch', () => this.#watched || this.#netmon?.child.exitCode !== null, calmLimitMs);
		const faults = await this.#untilRight(ip);
		this.#say(`${faults.length === 0 ? 'right' : 'wrong'} after ${Date.now() - since} ms`);
		if (faults.length > 0) {
			this.#faults.push(...faults);
			await this.#sayState();
			return;
		}
		await waitFor('duplicate address detection to end', () => this.#allDetected(ip), calmLimitMs);
		this.#faults.push(...(await this.#untilRight(ip)));
		await waitFor('nothing to be left to do', () => this.#nothingWaits(), calmLimitMs);
		await this.#checkQuiet(ip);
		await this.#furnish(ip);
		this.#truth.settle(this.#runtime.guest);
		this.#checkCalls();
	}

	/** Waits until nothing is wrong. Returns what is still wrong at the limit. */
	async #untilRight(ip: RealIp): Promise<string[]> {
		const until = Date.now() + calmLimitMs;
		for (;;) {
			const picture = await this.#picture(ip);
			this.#truth.note(picture.links);
			const {guest} = this.#runtime;
			const faults = this.#truth.findFaults(picture, guest);
			if (faults.length === 0 || Date.now() > until) return faults;
			await this.#keepRunning();
			await pass(30);
		}
	}

	/** A real guest accepts the last list, and reaches what the namespace reaches. */
	async #furnish(ip: RealIp): Promise<void> {
		const namespace = this.#here;
		const {profile, families} = this.#rules;
		if (namespace === undefined || profile === 'kata-1.5' || this.#faults.length > 0) return;
		const {links} = await this.#picture(ip);
		const {endpoints, routes} = this.#runtime.guest;
		const names = [...this.#truth.guestNames(links, endpoints)];
		const interfaces = endpoints.map((endpoint) => ({...endpoint, here: names.find(([, name]) => name === endpoint.name)?.[0]}));
		// `ip -batch` cannot express every name, and no two veths of one namespace may have the same name.
		const isPlain =
			interfaces.every(({name}) => /^[\w.][\w.-]*$/.test(name)) && new Set(interfaces.map(({name}) => name)).size === interfaces.length;
		if (isPlain) this.#faults.push(...(await furnish(namespace, interfaces, routes, families)));
	}

	/** What was right stays right, however often there is something to look at. */
	async #checkQuiet(ip: RealIp): Promise<void> {
		const interfaceCalls = () => this.#runtime.begun.filter((call) => !call.startsWith('update-routes')).length;
		const before = interfaceCalls();
		const dest = this.#rules.profile === 'kata-1.5' ? '198.51.100.7' : '198.51.100.7/32';
		const family = this.#rules.families.includes('inet') ? 'inet' : 'inet6';
		const fence = family === 'inet' ? 'route add 198.51.100.7 dev lo proto static' : '-6 route add 2001:db8:ffff::7 dev lo proto static';
		const text = family === 'inet' ? dest : dest.replace('198.51.100.7', '2001:db8:ffff::7').replace('/32', '/128');
		const told = () => this.#runtime.guest.routes.some((route) => route.dest === text);
		if (family === 'inet6') await this.#set('ipv6/conf/all/disable_ipv6', '0');
		await ip.run(words(fence));
		await waitFor('the fence', told, calmLimitMs);
		await ip.run(words(fence.replace(' add ', ' del ')));
		await waitFor('the end of the fence', () => !told(), calmLimitMs);
		const faults = await this.#untilRight(ip);
		if (faults.length > 0) this.#faults.push('right, and then wrong again:', ...faults);
		// Of links that share an address, one may still wait to be announced without any. The truth leaves that open.
		const {refuses, sharedAddresses, announcesBare} = this.#rules;
		if (!refuses && !(sharedAddresses && announcesBare) && interfaceCalls() > before)
			this.#faults.push(`${interfaceCalls() - before} calls for interfaces when all was right`);
	}

	#checkCalls(): void {
		const {begun, overlaps} = this.#runtime;
		this.#faults.push(...overlaps);
		if (this.#rules.refuses) return;
		const failed = begun.filter((call) => /\|(before|after|killed|hang)/.test(call)).length;
		const causes = this.#commands + this.#disturbances + failed;
		const most = 10 + 4 * causes * (this.#rules.sharedAddresses ? 3 : 1);
		if (begun.length > most) this.#faults.push(`${begun.length} calls for ${this.#commands} commands and ${failed} failures`);
	}

	async #picture(ip: RealIp): Promise<Picture> {
		const links = await readLinks(ip);
		const routes = await Promise.all(this.#rules.families.map((family) => readRoutes(ip, family)));
		return {links, routes: routes.flat()};
	}

	async #leave(): Promise<void> {
		const {child} = this.#netmon ?? {};
		const signal = this.#rng.oneOf('SIGKILL', 'SIGTERM');
		this.#upsets.mend();
		if (child !== undefined && child.exitCode === null) child.kill(signal);
		await Promise.race([this.#netmon?.exited, pass(15_000)]);
		if (child !== undefined && child.exitCode === null && child.signalCode === null) this.#faults.push(`${signal} does not end it`);
		child?.kill('SIGKILL');
		try {
			await waitFor(`the end of all in the namespace after ${signal}`, () => this.#here?.processes().length === 0);
		} catch (error) {
			this.#faults.push(String(error));
		}
		this.#there?.close();
		this.#here?.close();
	}

	#fates(): Fate[] {
		const rng = this.#rng;
		const [fails, slow, hangs] = [rng.oneOf(0.1, 0.3, 0.5), rng.oneOf(0, 0.3), rng.oneOf(0, 0, 0.05)];
		let inARow = 0;
		return Array.from({length: 64}, (): Fate => {
			inARow += 1;
			// Allow a few failures in a row, so that the calm is not only back-off.
			if (inARow < 4 && rng.chance(hangs)) return 'hang';
			if (inARow < 4 && rng.chance(fails)) return rng.oneOf('before', 'after', 'after', 'killed-before', 'killed-after');
			inARow = 0;
			if (rng.chance(slow)) return `slow ${rng.oneOf(0.05, 0.2, 0.5)}`;
			if (!this.#fromOutside && rng.chance(0.03)) return 'makes';
			return rng.chance(0.02) ? 'noise' : 'ok';
		});
	}

	/** The real one, or a script that runs it with the smallest monitor buffer. */
	#ipTarget(): string {
		const real = process.env['NETMON_TEST_IP'] ?? findProgram('ip', process.env['PATH'] ?? '') ?? '/sbin/ip';
		const {smallBuffer} = this.#weather;
		if (smallBuffer === 'no') return real;
		writeFileSync(join(this.#ipFolder, 'real'), `${real}\n`);
		const silence = smallBuffer === 'silent' ? 'exec 2>/dev/null; ' : '';
		writeFileSync(join(this.#ipFolder, 'monitor'), `${silence}shift 2; exec "$real" -rcvbuf 4096 "$@"\n`);
		return join(root, 'test/fixtures/programs/ip-with-monitor');
	}

	#say(text: string): void {
		const seconds = ((Date.now() - this.#begun) / 1000).toFixed(3).padStart(8);
		this.#trace.push(`${seconds}  ${JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"')}`);
	}

	#sayLog({stderr, child}: Running): void {
		for (const line of stderr.split('\n').filter(Boolean)) this.#trace.push(`  log of ${child.pid}: ${line.slice(0, 600)}`);
	}

	/** Whether it has nothing more to tell. Something right may still have to be settled by a delete and an add. */
	/** Only a running link sends the neighbour solicitations for it. */
	async #allDetected(ip: RealIp): Promise<boolean> {
		const {links} = await this.#picture(ip);
		return links.every(({running, addresses}) => !running || addresses.every(({detecting}) => !detecting));
	}

	async #nothingWaits(): Promise<boolean> {
		if (this.#netmon === undefined || this.#rules.refuses) return true;
		const {waiting, running, announced} = await stateOf(this.#netmon);
		const {interfaces, routesOwed}: {interfaces?: unknown; routesOwed?: unknown} = Object(announced);
		const told = Array.isArray(interfaces) && interfaces.every((entry: unknown) => Object(entry).standing === 'told');
		if (told && routesOwed === false && running === undefined && JSON.stringify(waiting) === '[]') return true;
		// Each answer is a line in its log.
		await pass(200);
		return false;
	}

	async #sayState(): Promise<void> {
		const netmon = this.#netmon;
		if (netmon === undefined || netmon.child.exitCode !== null) return;
		netmon.child.kill('SIGUSR1');
		await netmon.said('"msg":"state"').catch(() => undefined);
	}
}

function pass(delayMs: number): Promise<void> {
	return new Promise((resolve) => setTimeout(resolve, delayMs));
}
