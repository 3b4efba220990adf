/** What kinds of interfaces are usually called by; it tells nothing of whose they are. */
const usual = [
	'veth',
	'eth',
	'ens',
	'enp',
	'eno',
	'wlan',
	'wg',
	'tun',
	'tap',
	'br',
	'bond',
	'dummy',
	'docker',
	'cali',
	'cni',
	'vxlan',
	'vlan',
	'ppp',
];
/** The runtime's own interfaces are told by it (docs/rules.md, rule 3). */
const runtimesOwn = /_?kata$/;

/**
 * Gives names of interfaces other ones, the same for the same. A name of several parts (`a@b`, `eth0.100`, the label `eth0:1`) gets one of
 * the same parts: which link is whose parent stays to be seen.
 */
export class NameDisguise {
	readonly #taken: ReadonlySet<string>;
	readonly #known = new Map<string, string>();
	readonly #counts = new Map<string, number>();

	/** @param taken names that no other one may be called by */
	constructor(taken: ReadonlySet<string>) {
		this.#taken = taken;
	}

	name(text: string): string {
		return text
			.split('@')
			.map((part) => this.#part(part))
			.join('@');
	}

	/** Of an address: the name of its interface, and what distinguishes it. */
	label(text: string): string {
		const [name = '', ...rest] = text.split(':');
		return [this.name(name), ...rest.map((part) => (/^\d+$/.test(part) ? part : this.name(part)))].join(':');
	}

	/** Something else that is called by a name: a namespace, a file, a table. */
	word(kind: string, text: string): string {
		return this.#other(`${kind} ${text}`, kind, '');
	}

	#part(text: string): string {
		// `if5` is how ip writes the link of index 5.
		if (text === '' || text === 'lo' || /^if\d+$/.test(text)) return text;
		const [, base, vlan] = /^(.+)\.(\d{1,4})$/.exec(text) ?? [];
		if (base !== undefined) return `${this.#part(base)}.${vlan}`;
		const prefix = usual.find((each) => text.startsWith(each)) ?? 'net';
		return this.#other(text, prefix, runtimesOwn.exec(text)?.[0] ?? '');
	}

	#other(text: string, prefix: string, suffix: string): string {
		const known = this.#known.get(text);
		if (known !== undefined) return known;
		for (;;) {
			const count = (this.#counts.get(prefix) ?? 0) + 1;
			this.#counts.set(prefix, count);
			const other = `${prefix}${count}${suffix}`;
			if (this.#taken.has(other)) continue;
			this.#known.set(text, other);
			return other;
		}
	}
}
