/** Bits of capabilities (linux/capability.h). */
const bits = {CAP_NET_ADMIN: 12n, CAP_SYS_PTRACE: 19n, CAP_SYS_ADMIN: 21n} as const;

type Capability = keyof typeof bits;

/**
 * The effective capabilities, among those that netmon uses; undefined if they cannot be read.
 *
 * @param status text of /proc/self/status
 */
export function heldCapabilities(status: string | undefined): ReadonlySet<Capability> | undefined {
	const hex = /^CapEff:\s*([0-9a-f]+)$/m.exec(status ?? '')?.[1];
	if (hex === undefined) return undefined;
	const held = BigInt(`0x${hex}`);
	const names = ['CAP_NET_ADMIN', 'CAP_SYS_PTRACE', 'CAP_SYS_ADMIN'] as const;
	return new Set(names.filter((name) => ((held >> bits[name]) & 1n) === 1n));
}
