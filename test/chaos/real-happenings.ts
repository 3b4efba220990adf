import type {Random} from './random.js';
import {fitsBatch, type Words, words} from './real-ip.js';
import type {SeenLink} from './real-namespace.js';

/** What the generator may use. */
export interface RealVariety {
	/** Kinds of links that this kernel can make. */
	readonly kinds: readonly string[];
	readonly sharedAddresses: boolean;
	/** How likely an address or a route is IPv6. */
	readonly inet6: number;
	/** Whether links keep the name and the hardware address that they were made with. */
	readonly fixed: boolean;
	/** A process of the other namespace, and one of this: the values for `ip link set … netns`. */
	readonly here: () => number;
	readonly there: () => number;
}

/** What the test must know about a coming change, because no dump shows it. */
export interface Notes {
	join(before: string, after: string): void;
	named(hwaddr: string, name: string): void;
	ended(hwaddr: string): void;
}

/** Commands of one step. */
export interface Happening {
	readonly commands: readonly Words[];
	/** Whether to run them all in one process, at once. */
	readonly batched?: boolean;
	/** Whether to run them in the other namespace. */
	readonly elsewhere?: boolean;
	/** A kernel setting for this namespace: its path below /proc/sys/net, and its value. */
	readonly sysctl?: readonly [string, string];
	/** Whether the other namespace ends, with everything in it. */
	readonly endsElsewhere?: boolean;
}

/** Names as bytes: words of `ip` itself, what its batch cannot express, invalid UTF-8, and the longest possible. */
const names = [
	...['eth0', 'eth1', 'eth2', 'net0', 'net1', 'v0', 'v1', 'v2', 'v3', 'fifteen-chars-x'],
	...['odd"name', "it's", 'a@if3', 'if3', 'if12', 'back\\s', 'hash#n', '\xc3\xbcn', 'bad\xff\xfe', 'ctl\x01\x1b', '},{"type":"', '[LINK]9'],
	...['table', 'master', 'dev', 'Deleted', 'qdisc', 'katana0', 'a.b', '-d'],
];
const runtimesOwnNames = ['tap0_kata', 'brkata', 'kata'];
const destinations = ['default', 'default', '10.9.0.0/16', '10.8.0.0/16', '10.8.0.0/24', '192.0.2.7', '172.16.0.0/12', '0.0.0.0/1'];
const destinations6 = ['default', '2001:db8:9::/48', '2001:db8:8::/64', '2001:db8::7', '::/1'];
const protocols = ['boot', 'static', 'static', 'kernel', 'bird', '123'];
/** An alias in two lines. The second looks like an event. */
const alias = 'x\n[LINK]Deleted 1: lo: <LOOPBACK> mtu 65536 qdisc noqueue state UP group default';

/** So many links that netmon reads a single one without its addresses. */
export const crowd = Array.from({length: 60}, (_, n) => `link add idle${n} type veth peer name still${n}`);

function mayHappenTo({loopback, name}: SeenLink): boolean {
	return !loopback && !/^(?:idle|still)\d+$/.test(name);
}

/** Decides what happens next. Commands may turn out to be impossible: then nothing happens. */
export class RealHappenings {
	readonly #rng: Random;
	readonly #variety: RealVariety;
	readonly #notes: Notes;
	/** Names of links that were moved to the other namespace. */
	readonly #away: string[] = [];
	#links: readonly SeenLink[] = [];
	#numbers = 0;

	constructor(rng: Random, variety: RealVariety, notes: Notes) {
		this.#rng = rng;
		this.#variety = variety;
		this.#notes = notes;
	}

	/** @param links the links that exist now */
	next(links: readonly SeenLink[]): Happening {
		this.#links = links.filter(mayHappenTo);
		const {fixed} = this.#variety;
		const kinds: readonly (readonly [number, () => Happening | undefined])[] = [
			[this.#links.length < 12 ? 14 : 3, () => this.#addLink()],
			[7, () => this.#deleteLink()],
			[9, () => this.#recreate(0.6)],
			[11, () => this.#upOrDown()],
			[11, () => this.#address()],
			[fixed ? 0 : 6, () => this.#rename()],
			[fixed ? 0 : 3, () => this.#swapNames()],
			[fixed ? 0 : 4, () => this.#hardwareAddress()],
			[5, () => this.#masters()],
			[6, () => this.#otherNamespace()],
			[28, () => this.#route()],
			[5, () => this.#nexthop()],
			[5, () => this.#harmless()],
			[3, () => this.#sysctl()],
			[4, () => this.#burst()],
		];
		return this.#weighted(kinds) ?? {commands: []};
	}

	/** Sequences that look like one change to somebody who has not seen all of them. */
	deceptive(links: readonly SeenLink[]): Happening {
		this.#links = links.filter(mayHappenTo);
		return (
			this.#weighted([
				[4, () => this.#recreate(0.9)],
				[this.#variety.fixed ? 0 : 1, () => this.#swapNames()],
				[this.#variety.fixed ? 0 : 1, () => this.#rename()],
				[1, () => this.#otherNamespace()],
				[1, () => this.#route()],
			]) ?? {commands: []}
		);
	}

	#weighted(choices: readonly (readonly [number, () => Happening | undefined])[]): Happening | undefined {
		let roll = this.#rng.next() * choices.reduce((sum, [weight]) => sum + weight, 0);
		for (const [weight, make] of choices) {
			roll -= weight;
			if (roll < 0) return make();
		}
		return undefined;
	}

	#addLink(): Happening | undefined {
		const name = this.#freeName();
		if (name === undefined) return undefined;
		const index = this.#rng.chance(0.3) ? this.#rng.whole(2, 12) : undefined;
		return this.#maybeBatched(this.#making(name, this.#kind(), this.#freeHwaddr(), index));
	}

	/** Commands that make a link, and perhaps everything that it needs to be announced. */
	#making(name: string, kind: string, hwaddr: string, index: number | undefined): Words[] {
		const at = index === undefined ? '' : ` index ${index}`;
		const mac = hwaddr === '' ? '' : ` address ${hwaddr}`;
		const parent = this.#rng.pick(this.#links.filter((link) => ['veth', 'bridge', 'ifb', 'dummy'].includes(link.kind)))?.name;
		const made = (type: string) => words(`link add name {}${mac}${at} type ${type}`, name);
		const onParent = (type: string) =>
			parent === undefined ? made('bridge') : words(`link add link {} name {}${mac}${at} type ${type}`, parent, name);
		const number = this.#number();
		const commands: Words[] = [];
		let peer: string | undefined;
		switch (kind) {
			case 'tap':
			case 'tun':
				commands.push(words(`tuntap add name {} mode ${kind}`, name));
				break;
			case 'veth':
				peer = this.#rng.chance(0.5) ? `p${number}_kata` : (this.#freeName(name) ?? `p${number}`);
				commands.push(this.#vethCommand(name, mac + at, peer));
				break;
			case 'macvlan':
				commands.push(onParent(`macvlan mode ${this.#rng.oneOf('bridge', 'private', 'vepa')}`));
				break;
			case 'macvtap':
				commands.push(onParent('macvtap mode bridge'));
				break;
			case 'vlan':
				commands.push(onParent(`vlan id ${this.#rng.whole(2, 6)}`));
				break;
			case 'vxlan':
				commands.push(made(`vxlan id ${number} dstport 4789`));
				break;
			case 'vrf':
				commands.push(made(`vrf table ${this.#rng.whole(100, 102)}`));
				break;
			default:
				commands.push(made(kind));
		}
		if (this.#rng.chance(0.5)) commands.push(words('link set dev {} addrgenmode none', name));
		if (this.#rng.chance(0.85)) commands.push(...this.#readying(name, peer));
		return commands;
	}

	#vethCommand(name: string, options: string, peer: string): Words {
		const elsewhere = this.#rng.chance(0.15) ? ` netns ${this.#variety.there()}` : '';
		return words(`link add name {}${options} type veth peer name {} address ${this.#uniqueHwaddr()}${elsewhere}`, name, peer);
	}

	#readying(name: string, peer: string | undefined): Words[] {
		const up = words('link set dev {} up', name);
		const peerUp = peer === undefined ? [] : [words('link set dev {} up', peer)];
		const address = this.#rng.chance(0.8) ? [words(`addr add ${this.#freeAddress()} dev {}`, name)] : [];
		return this.#rng.oneOf([...address, up, ...peerUp], [up, ...peerUp, ...address], [...peerUp, up, ...address]);
	}

	#deleteLink(): Happening | undefined {
		const link = this.#someLink();
		if (link === undefined) return undefined;
		if (this.#rng.chance(0.1)) {
			for (const {hwaddr} of this.#links) this.#notes.ended(hwaddr);
			const others = this.#links.filter(() => this.#rng.chance(0.4));
			return {commands: [...others.map(({name}) => words('link set dev {} group 7', name)), words('link del group 7')]};
		}
		this.#notes.ended(link.hwaddr);
		return {commands: [words('link del dev {}', link.name)]};
	}

	/** Deletes a link and makes it again at once, with any combination of the same index, name, kind or hardware address. */
	#recreate(likelySame: number): Happening | undefined {
		const link = this.#someLink();
		const other = this.#freeName();
		if (link === undefined || other === undefined) return undefined;
		this.#notes.ended(link.hwaddr);
		const name = this.#rng.chance(0.6) ? link.name : other;
		const kind = this.#rng.chance(likelySame) && this.#variety.kinds.includes(link.kind) ? link.kind : this.#kind();
		const hwaddr = this.#rng.chance(0.3) ? link.hwaddr : this.#freeHwaddr();
		if (hwaddr === link.hwaddr) this.#notes.named(hwaddr, name);
		const index = this.#rng.chance(likelySame) ? link.ifindex : undefined;
		return this.#maybeBatched([words('link del dev {}', link.name), ...this.#making(name, kind, hwaddr, index)]);
	}

	#upOrDown(): Happening | undefined {
		const link = this.#someLink();
		if (link === undefined) return undefined;
		const up = link.up ? this.#rng.chance(0.3) : this.#rng.chance(0.9);
		const command = words(`link set dev {} ${up ? 'up' : 'down'}`, link.name);
		const roll = this.#rng.next();
		if (roll < 0.15) return {commands: [words(`link set dev {} carrier ${this.#rng.oneOf('on', 'off')}`, link.name)]};
		// Down and up: routes go, and some come back.
		if (roll < 0.35) return this.#maybeBatched([words('link set dev {} down', link.name), words('link set dev {} up', link.name)]);
		if (roll < 0.4)
			return {commands: [words(`link set dev ${this.#rng.oneOf('lo', 'lo', 'nope')} ${up ? 'up' : 'down'}`), words('link set dev lo up')]};
		return {commands: [command]};
	}

	#address(): Happening | undefined {
		const link = this.#someLink();
		if (link === undefined) return undefined;
		const known = this.#rng.pick(link.addresses);
		const {name} = link;
		const roll = this.#rng.next();
		if (known !== undefined && roll < 0.2) return {commands: [words(`addr del ${known.local}/${known.prefixlen} dev {}`, name)]};
		if (roll < 0.26) return {commands: [words(`${this.#rng.oneOf('', '-4 ', '-6 ')}addr flush dev {}`.trim(), name)]};
		if (roll < 0.3 && known !== undefined) {
			// The same again, but only for a while.
			const lifetime = 'valid_lft 2 preferred_lft 1';
			return {commands: [words(`addr replace ${known.local}/${known.prefixlen} dev {} ${lifetime}`, name)]};
		}
		if (roll < 0.36) {
			// A secondary address goes with the first one of its network, or replaces it.
			const number = this.#number() % 250;
			const [first, second] = [`10.2.${number}.2/24`, `10.2.${number}.3/24`];
			const commands = [words(`addr add ${first} dev {}`, name), words(`addr add ${second} dev {}`, name)];
			if (this.#rng.chance(0.5)) commands.push(words(`addr del ${first} dev {}`, name));
			return this.#maybeBatched(commands);
		}
		if (roll < 0.42) {
			const number = this.#number() % 250;
			return {commands: [words(`addr add 10.3.${number}.1 peer 10.3.${number}.2/32 dev {}`, name)]};
		}
		if (roll < 0.46)
			return {commands: [words(`addr add ${this.#freeAddress()} dev {} scope ${this.#rng.oneOf('link', 'host', 'site')}`, name)]};
		if (roll < 0.5) {
			// Another interface has it already; the kernel allows that.
			const shared = this.#rng.pick(this.#links.flatMap(({addresses}) => addresses));
			if (shared !== undefined) return {commands: [words(`addr add ${shared.local}/${shared.prefixlen} dev {}`, name)]};
		}
		if (known !== undefined && roll < 0.56) {
			return this.#maybeBatched([
				words(`addr del ${known.local}/${known.prefixlen} dev {}`, name),
				words(`addr add ${this.#rng.chance(0.5) ? `${known.local}/${known.prefixlen}` : this.#freeAddress()} dev {}`, name),
			]);
		}
		return {commands: [words(`addr add ${this.#freeAddress()} dev {}${this.#rng.chance(0.3) ? ' noprefixroute' : ''}`, name)]};
	}

	#rename(): Happening | undefined {
		const link = this.#someLink();
		const name = this.#freeName();
		if (link === undefined || name === undefined) return undefined;
		this.#notes.named(link.hwaddr, name);
		const rename = words('link set dev {} name {}', link.name, name);
		if (this.#rng.chance(0.3)) {
			const later = this.#freeName(name);
			if (later !== undefined) {
				this.#notes.named(link.hwaddr, later);
				return {commands: [rename, words('link set dev {} name {}', name, later)]};
			}
		}
		if (this.#rng.chance(0.5)) return {commands: [rename]};
		return {commands: [words('link set dev {} down', link.name), rename, words('link set dev {} up', name)]};
	}

	#swapNames(): Happening | undefined {
		const [one, other] = [this.#someLink(), this.#someLink()];
		if (one === undefined || other === undefined || one === other) return undefined;
		for (const name of ['swapping', other.name]) this.#notes.named(one.hwaddr, name);
		this.#notes.named(other.hwaddr, one.name);
		return {
			commands: [
				words('link set dev {} name swapping', one.name),
				words('link set dev {} name {}', other.name, one.name),
				words('link set dev swapping name {}', other.name),
			],
		};
	}

	#hardwareAddress(): Happening | undefined {
		const link = this.#someLink();
		if (link === undefined || link.hwaddr === '') return undefined;
		const hwaddr = this.#freeHwaddr();
		this.#notes.join(link.hwaddr, hwaddr);
		const set = words(`link set dev {} address ${hwaddr}`, link.name);
		return {
			commands: this.#rng.chance(0.6) ? [set] : [words('link set dev {} down', link.name), set, words('link set dev {} up', link.name)],
		};
	}

	#masters(): Happening | undefined {
		const link = this.#someLink();
		if (link === undefined) return undefined;
		if (link.master !== undefined && this.#rng.chance(0.7)) return {commands: [words('link set dev {} nomaster', link.name)]};
		const master = this.#rng.pick(this.#links.filter(({kind}) => ['bridge', 'bond', 'vrf'].includes(kind)));
		if (master === undefined || master === link) return undefined;
		const join = words('link set dev {} master {}', link.name, master.name);
		const down = master.kind === 'bond' ? [words('link set dev {} down', link.name)] : [];
		const leave = this.#rng.chance(0.3) ? [words('link set dev {} nomaster', link.name)] : [];
		return this.#maybeBatched([...down, join, ...leave]);
	}

	#otherNamespace(): Happening | undefined {
		const {here, there} = this.#variety;
		const roll = this.#rng.next();
		if (roll < 0.07) {
			this.#away.length = 0;
			return {commands: [], endsElsewhere: true};
		}
		const back = roll < 0.6 ? this.#away.pop() : undefined;
		if (back !== undefined) {
			if (this.#rng.chance(0.2)) return {commands: [words('link del dev {}', back)], elsewhere: true};
			return {commands: [words(`link set dev {} netns ${here()}`, back)], elsewhere: true};
		}
		const link = this.#someLink();
		if (link === undefined) return undefined;
		this.#notes.ended(link.hwaddr);
		this.#away.push(link.name);
		return {commands: [words(`link set dev {} netns ${there()}`, link.name)]};
	}

	#route(): Happening | undefined {
		const roll = this.#rng.next();
		const six = this.#rng.chance(this.#variety.inet6);
		const family = six ? '-6 ' : '';
		const dst = this.#rng.pick(six ? destinations6 : destinations) ?? 'default';
		if (roll < 0.15) return {commands: [words(`${family}route del ${dst}`)]};
		if (roll < 0.18) return {commands: [words(`${family}route flush proto ${this.#rng.oneOf('static', 'boot', 'bird')}`)]};
		if (roll < 0.2) return {commands: [words(`${family}route flush table main`)]};
		const commands = Array.from({length: this.#rng.chance(0.2) ? 3 : 1}, () => this.#routeCommand(six, dst)).filter(
			(command) => command !== undefined,
		);
		return this.#maybeBatched(commands);
	}

	#routeCommand(six: boolean, dst: string): Words | undefined {
		const rng = this.#rng;
		const verb = rng.oneOf('add', 'add', 'replace', 'replace', 'append', 'change', ...(six ? ['add'] : ['prepend']));
		const family = six ? '-6 ' : '';
		const table = rng.chance(0.1) ? ` table ${rng.oneOf('100', 'local', '254', '100')}` : '';
		const metric = rng.chance(0.35) ? ` metric ${rng.whole(1, 3) * 100}` : '';
		const facts = `proto ${rng.pick(protocols) ?? 'boot'}${metric}${table}`;
		const roll = rng.next();
		if (roll < 0.08) return words(`${family}route ${verb} ${rng.oneOf('blackhole', 'unreachable', 'prohibit', 'throw')} ${dst} ${facts}`);
		if (roll < 0.12) return words(`${family}route ${verb} ${dst} dev lo ${facts}`);
		if (roll < 0.2) return words(`${family}route ${verb} ${dst} nhid ${rng.whole(1, 6)} ${facts}`);
		const link = this.#usableLink();
		if (link === undefined) return undefined;
		const gateway = this.#gateway(link, six);
		const {name} = link;
		if (roll < 0.36) {
			const hops = [link, this.#usableLink() ?? link, ...(rng.chance(0.3) ? [this.#usableLink() ?? link] : [])];
			const said = hops.map(
				(hop) => `nexthop ${this.#via(this.#gateway(hop, six))}dev {} weight ${rng.whole(1, 3)}${rng.chance(0.5) ? ' onlink' : ''}`,
			);
			return words(`${family}route ${verb} ${dst} ${facts} ${said.join(' ')}`, ...hops.map((hop) => hop.name));
		}
		if (roll < 0.41 && !six) return words(`route ${verb} ${dst} via inet6 fe80::1 dev {} ${facts}`, name);
		if (roll < 0.45 && !six) return words(`route ${verb} ${dst} dev {} tos 0x10 ${facts}`, name);
		if (roll < 0.5) return words(`${family}route ${verb} ${dst} dev {} ${facts} mtu ${rng.oneOf('', 'lock ')}1400`, name);
		if (roll < 0.54) return words(`${family}route ${verb} ${dst} encap ip id 7 dst 192.0.2.9 dev {} ${facts}`, name);
		if (roll < 0.58 && six) return words(`-6 route ${verb} ${dst} from 2001:db8:77::/64 dev {} ${facts}`, name);
		if (roll < 0.66 && !six)
			return words(`route ${verb} ${dst} dev {} ${facts} scope ${rng.oneOf('host', 'link', 'global', 'site', '77')}`, name);
		if (roll < 0.72) {
			const source = link.addresses.find((address) => address.family === (six ? 'inet6' : 'inet'))?.local;
			if (source !== undefined) return words(`${family}route ${verb} ${dst} dev {} src ${source} ${facts}`, name);
		}
		return words(`${family}route ${verb} ${dst} ${this.#via(gateway)}dev {} ${facts}${rng.chance(0.4) ? ' onlink' : ''}`, name);
	}

	#via(gateway: string | undefined): string {
		return gateway === undefined ? '' : `via ${gateway} `;
	}

	#gateway(link: SeenLink, six: boolean): string | undefined {
		if (this.#rng.chance(0.3)) return undefined;
		const own = link.addresses.find(({family, prefixlen}) => family === (six ? 'inet6' : 'inet') && prefixlen < 100);
		if (own === undefined || this.#rng.chance(0.1)) return six ? 'fe80::1' : '10.1.1.1';
		return own.local.replace(/[0-9a-f]+$/, '1');
	}

	#nexthop(): Happening | undefined {
		const rng = this.#rng;
		const id = rng.whole(1, 6);
		const roll = rng.next();
		if (roll < 0.35) return {commands: [words(`nexthop del id ${id}`)]};
		if (roll < 0.5) return {commands: [words(`nexthop replace id ${id} group ${rng.whole(1, 3)}/${rng.whole(4, 6)},2`)]};
		if (roll < 0.55) return {commands: [words(`nexthop replace id ${id} blackhole`)]};
		const link = this.#usableLink();
		if (link === undefined) return undefined;
		return {
			commands: [
				words(
					`nexthop replace id ${id} ${this.#via(this.#gateway(link, rng.chance(this.#variety.inet6)))}dev {}${rng.chance(0.4) ? ' onlink' : ''}`,
					link.name,
				),
			],
		};
	}

	#harmless(): Happening | undefined {
		const rng = this.#rng;
		const link = this.#someLink();
		if (link === undefined) return {commands: [words(`rule add pref ${rng.whole(100, 200)} table 100`)]};
		const {name} = link;
		const number = this.#number();
		return rng.oneOf<() => Happening>(
			() => ({commands: [['link', 'set', 'dev', name, 'alias', alias]]}),
			() => ({commands: [words(`link property add dev {} altname long-${'x'.repeat(100)}${number}`, name)]}),
			() => ({commands: [words(`link set dev {} mtu ${rng.whole(12, 15) * 100}`, name)]}),
			() => ({commands: [words(`link set dev {} txqueuelen ${rng.whole(1, 2000)}`, name)]}),
			() => ({commands: [words(`link set dev {} group ${rng.whole(0, 5)}`, name)]}),
			() => ({commands: [words(`link set dev {} promisc ${rng.oneOf('on', 'off')}`, name)]}),
			() => ({commands: [words(`link set dev {} addrgenmode ${rng.oneOf('none', 'eui64', 'random')}`, name)]}),
			() => ({commands: [words(`neigh replace 10.1.1.${number % 250} lladdr 02:00:00:00:00:01 dev {}`, name)]}),
			() => ({commands: [words(`rule add pref ${rng.whole(100, 200)} table 100`)]}),
		)();
	}

	/** Ways in which many addresses and routes go, stay or move at once. */
	#sysctl(): Happening {
		const name = this.#rng.oneOf(
			...(['ipv6/conf/all/disable_ipv6', 'ipv6/conf/all/disable_ipv6', 'ipv6/conf/all/keep_addr_on_down'] as const),
			...(['ipv6/conf/default/addr_gen_mode', 'ipv6/conf/all/accept_dad', 'ipv4/conf/all/promote_secondaries'] as const),
			...(['ipv4/conf/all/ignore_routes_with_linkdown', 'ipv6/conf/all/ignore_routes_with_linkdown', 'ipv4/ip_forward'] as const),
			...(['ipv4/nexthop_compat_mode', 'ipv4/nexthop_compat_mode'] as const),
		);
		return {commands: [], sysctl: [name, this.#rng.oneOf('0', '1')]};
	}

	/** Many changes at once, most of which are undone before anybody can look. */
	#burst(): Happening | undefined {
		const rng = this.#rng;
		const link = this.#someLink();
		const count = rng.oneOf(10, 40, 150);
		const numbers = Array.from({length: count}, (_, number) => number);
		const roll = rng.next();
		if (roll < 0.4 && link !== undefined) {
			const route = (verb: string) => (number: number) => words(`route ${verb} 10.66.${number}.0/24 dev {} proto static`, link.name);
			return {commands: [...numbers.map(route('add')), ...numbers.map(route('del')).filter(() => rng.chance(0.95))], batched: true};
		}
		if (roll < 0.6 && link !== undefined) {
			const flips = numbers.slice(0, 30).map((number) => words(`link set dev {} ${number % 2 === 0 ? 'down' : 'up'}`, link.name));
			return {commands: flips, batched: true};
		}
		if (roll < 0.8 && link !== undefined) {
			const address = (verb: string) => (number: number) => words(`addr ${verb} 10.67.${number}.1/24 dev {}`, link.name);
			return {commands: [...numbers.map(address('add')), ...numbers.map(address('del'))], batched: true};
		}
		const made = numbers
			.slice(0, 40)
			.map((number) => words(`link add name burst${number} group 9 address ${this.#uniqueHwaddr()} type bridge`));
		const up = numbers.slice(0, 15).map((number) => words(`link set dev burst${number} up`));
		return {commands: [...made, ...up, words('link del group 9')], batched: true};
	}

	/** One process for all, if its batch can express them all. A batch's names may be stale, and then something else happens. */
	#maybeBatched(commands: readonly Words[]): Happening {
		return {commands, batched: commands.length > 1 && commands.every(fitsBatch) && this.#rng.chance(0.6)};
	}

	#someLink(): SeenLink | undefined {
		return this.#rng.pick(this.#links);
	}

	/** Usually one that a route can use. */
	#usableLink(): SeenLink | undefined {
		const usable = this.#links.filter(({running, addresses}) => running && addresses.length > 0);
		return (this.#rng.chance(0.85) ? this.#rng.pick(usable) : undefined) ?? this.#someLink();
	}

	#freeName(...taken: readonly string[]): string | undefined {
		const pool = this.#rng.chance(0.1) ? runtimesOwnNames : this.#rng.chance(0.5) ? names.slice(0, 10) : names;
		return this.#rng.pick(pool.filter((name) => !taken.includes(name) && !this.#links.some((link) => link.name === name)));
	}

	#kind(): string {
		return this.#rng.chance(0.5) ? 'veth' : (this.#rng.pick(this.#variety.kinds) ?? 'veth');
	}

	#freeHwaddr(): string {
		return this.#variety.sharedAddresses && this.#rng.chance(0.5)
			? this.#rng.oneOf('02:00:00:00:ff:01', '02:00:00:00:ff:02')
			: this.#uniqueHwaddr();
	}

	#uniqueHwaddr(): string {
		const number = this.#number();
		return `02:00:00:00:${hex(number >> 8)}:${hex(number & 255)}`;
	}

	#freeAddress(): string {
		const number = this.#number() % 250;
		return this.#rng.chance(1 - this.#variety.inet6) ? `10.1.${number}.2/24` : `2001:db8:${number.toString(16)}::2/64`;
	}

	#number(): number {
		this.#numbers += 1;
		return this.#numbers;
	}
}

function hex(byte: number): string {
	return byte.toString(16).padStart(2, '0');
}
