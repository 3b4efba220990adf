import {type Fields, ShapeError} from '../json/fields.js';

/** The namespace and the boot that a state belongs to. In any other the state means nothing. */
export interface NamespaceIdentity {
	/** Device and inode of the nsfs file (namespaces(7)). */
	readonly netns: string;
	/** Tells the namespace from a later one with the same inode number; absent if unknown. */
	readonly instance?: string | undefined;
	/** /proc/sys/kernel/random/boot_id. */
	readonly boot: string;
}

/** Throws a ShapeError if a state belongs to another namespace or boot. Returns the identity, with what the state knows about it. */
export function checkBelongs(state: Fields, own: NamespaceIdentity): NamespaceIdentity {
	if (state.string('boot') !== own.boot) throw new ShapeError('it is from another boot');
	if (state.string('netns') !== own.netns) throw new ShapeError('it is of another namespace');
	const instance = state.optionalString('instance');
	if (instance !== undefined && own.instance !== undefined && instance !== own.instance) {
		throw new ShapeError('it is of another namespace, which had the same inode number earlier');
	}
	return {...own, instance: own.instance ?? instance};
}

/** Throws a ShapeError if a state has another format than this netmon writes. */
export function checkFormat(state: Fields, format: number): void {
	const found = state.integer('format');
	if (found !== format) throw new ShapeError(`its format is ${found}, not ${format}`);
}
