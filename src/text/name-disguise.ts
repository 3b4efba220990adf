/** Usual prefixes of interface names. They are kept, because they say only what kind of interface it is. */
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
/** The end of the names of the runtime's own interfaces (docs/rules.md, rule 3). */
const runtimesOwn = /_?kata$/;

/**
 * Replaces names of interfaces, the same one always by the same. The parts of a name (`a@b`, `eth0.100`, the label `eth0:1`) are replaced
 * one by one, so that the parent of a link can still be seen.
 */
export class NameDisguise {
	readonly #taken: ReadonlySet<string>;
	readonly #known = new Map<string, string>();
	readonly #counts = new Map<string, number>();

	/** @param taken names that must not be given */
	constructor(taken: ReadonlySet<string>) {
		this.#taken = taken;
	}

	name(text: string): string {
		return text
			.split('@')
			.map((part) => this.#part(part))
			.join('@');
	}

	/** The label of an address: the name of its interface, and what distinguishes it. */
	label(text: string): string {
		const [name = '', ...rest] = text.split(':');
		return [this.name(name), ...rest.map((part) => (/^\d+$/.test(part) ? part : this.name(part)))].join(':');
	}

	/** The name of something else: a namespace, a file, a table. */
	word(kind: string, text: string): string {
		return this.#other(`${kind} ${text}`, kind, '');
	}

	#part(text: string): string {
		// `ip` writes `if5` for the link with index 5 if it has no name.
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
