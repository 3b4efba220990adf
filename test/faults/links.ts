import type {TestNamespace} from '../helpers/namespace.js';

export function hwaddrOf(number: number): string {
	return `02:00:00:00:${hex(number >> 8)}:${hex(number & 255)}`;
}

function hex(byte: number): string {
	return byte.toString(16).padStart(2, '0');
}

/**
 * The commands for a veth that is UP and RUNNING with an address. Its other end has a name of the runtime's own, and so does not count.
 */
export function linkCommands(name: string, number: number): string[] {
	return [
		`link add ${name} address ${hwaddrOf(number)} type veth peer name ${name}_kata`,
		`link set ${name}_kata up`,
		`addr add ${addressOf(number)}/24 dev ${name}`,
		`link set ${name} up`,
	];
}

export function addressOf(number: number): string {
	return `10.${100 + (number >> 8)}.${number & 255}.2`;
}

export function makeLink(namespace: TestNamespace, name: string, number: number): void {
	namespace.batch(linkCommands(name, number));
}
