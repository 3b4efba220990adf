import {textOfLatin1} from '../text/byte-text.js';

export type JsonObject = {readonly [key: string]: unknown};

/** JSON from outside has an unexpected shape. The message names the place. */
export class ShapeError extends Error {
	override readonly name = 'ShapeError';
}

export function isObject(value: unknown): value is JsonObject {
	return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Reads the fields of one object. Throws a ShapeError that names the place if a field has another type. */
export class Fields {
	readonly #object: JsonObject;
	readonly #place: string | (() => string);

	/** @param place for the message of an error; a function that makes it, if there are many objects and few errors */
	constructor(object: JsonObject, place: string | (() => string)) {
		this.#object = object;
		this.#place = place;
	}

	/** Parses JSON text. */
	static parse(text: string, place: string): Fields {
		let parsed: unknown;
		try {
			parsed = JSON.parse(text);
		} catch (error) {
			throw new ShapeError('it is not JSON', {cause: error});
		}
		if (!isObject(parsed)) throw new ShapeError('it is not an object');
		return new Fields(parsed, place);
	}

	string(key: string): string {
		return this.optionalString(key) ?? this.#fail(key, 'a string');
	}

	/** Also returns undefined for null: older releases of `ip` print null if there is no value. */
	optionalString(key: string): string | undefined {
		const value = this.#object[key];
		if (value === undefined || value === null) return undefined;
		return typeof value === 'string' ? value : this.#fail(key, 'a string');
	}

	/** A name: bytes that were read as latin1 become text (byte-text.ts). */
	optionalText(key: string): string | undefined {
		const value = this.optionalString(key);
		return value === undefined ? undefined : textOfLatin1(value);
	}

	integer(key: string): number {
		return this.optionalInteger(key) ?? this.#fail(key, 'a whole number');
	}

	optionalInteger(key: string): number | undefined {
		const value = this.#object[key];
		if (value === undefined || value === null) return undefined;
		return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : this.#fail(key, 'a whole number');
	}

	/** A list of strings. A missing list and null are empty lists. */
	strings(key: string): string[] {
		const list: string[] = [];
		for (const item of this.#list(key)) {
			list.push(typeof item === 'string' ? item : this.#fail(key, 'a list of strings'));
		}
		return list;
	}

	/** A list of objects. A missing list and null are empty lists. Skips `{}` (docs/iproute2.md, "Empty, filtered, failed"). */
	objects(key: string): JsonObject[] {
		const list: JsonObject[] = [];
		for (const item of this.#list(key)) {
			const object = isObject(item) ? item : this.#fail(key, 'a list of objects');
			if (Object.keys(object).length > 0) list.push(object);
		}
		return list;
	}

	optionalObject(key: string): JsonObject | undefined {
		const value = this.#object[key];
		if (value === undefined || value === null) return undefined;
		return isObject(value) ? value : this.#fail(key, 'an object');
	}

	object(key: string): JsonObject {
		return this.optionalObject(key) ?? this.#fail(key, 'an object');
	}

	has(key: string): boolean {
		return this.#object[key] !== undefined && this.#object[key] !== null;
	}

	boolean(key: string): boolean {
		const value = this.#object[key];
		return typeof value === 'boolean' ? value : this.#fail(key, 'true or false');
	}

	#list(key: string): readonly unknown[] {
		const value = this.#object[key];
		if (value === undefined || value === null) return [];
		return Array.isArray(value) ? value : this.#fail(key, 'a list');
	}

	#fail(key: string, expected: string): never {
		const place = typeof this.#place === 'string' ? this.#place : this.#place();
		throw new ShapeError(`${place}: "${key}" is not ${expected}: ${JSON.stringify(this.#object[key])}`);
	}
}

/** An object with this key, or an empty one if there is no value, for spreading into a record. */
export function optional<Key extends string, Value>(key: Key, value: Value | undefined): {[K in Key]?: Value} {
	const result: {[K in Key]?: Value} = {};
	if (value !== undefined) result[key] = value;
	return result;
}
