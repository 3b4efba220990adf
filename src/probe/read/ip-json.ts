import {isObject, type JsonObject, ShapeError} from '../../json/fields.js';

/**
 * Parses what `ip -j` printed (bytes read as latin1) into the objects of its array. Fixes the known oddities: `\'` before 6.1, raw control
 * characters before 7.0, `{}` for filtered entries (docs/iproute2.md, "JSON that is not JSON"). Anything else that is not JSON is an error.
 */
export function parseIpJson(latin1: string, question: string): JsonObject[] {
	const parsed = parseFixed(latin1, question);
	if (!Array.isArray(parsed)) throw new ShapeError(`${question}: expected an array, got ${typeof parsed}`);
	const objects: JsonObject[] = [];
	for (const [index, item] of parsed.entries()) {
		if (!isObject(item)) throw new ShapeError(`${question}: entry ${index} is not an object`);
		if (Object.keys(item).length > 0) objects.push(item);
	}
	return objects;
}

function parseFixed(latin1: string, question: string): unknown {
	const text = latin1.includes('"encap":"') ? renameEncapKeys(latin1) : latin1;
	try {
		return JSON.parse(text);
	} catch {
		try {
			return JSON.parse(fixIpJson(text));
		} catch (error) {
			throw new ShapeError(`${question}: not JSON: ${excerpt(latin1)}`, {cause: error});
		}
	}
}

/**
 * Before 6.3, the keys of an encapsulation are mixed with those of its route, including a second `dst` and a second `tos`
 * (print_encap_ip, print_encap_mpls, ip/iproute_lwtunnel.c). Rename them to `encap_dst` and so on. No string holds these bytes, because a
 * quote inside a string is escaped.
 */
function renameEncapKeys(latin1: string): string {
	return latin1.replace(
		/("encap":"[a-z0-9]+")((?:,"(?:id|ttl|tos|hoplimit|tc)":\d+|,"(?:src|dst)":"[^"]*")+)/g,
		(_, encap: string, facts: string) => encap + facts.replaceAll(',"', ',"encap_'),
	);
}

/** Rewrites `\'` and raw control characters inside strings; touches nothing outside them. */
export function fixIpJson(latin1: string): string {
	return latin1.replace(/"(?:[^"\\]|\\[\s\S])*"/g, (string) =>
		// biome-ignore lint/suspicious/noControlCharactersInRegex: this is about raw control characters
		string.replace(/\\[\s\S]|[\x00-\x1f]/g, (part) => {
			if (part === "\\'") return "'";
			if (part.length > 1) return part;
			return `\\u00${part.charCodeAt(0).toString(16).padStart(2, '0')}`;
		}),
	);
}

function excerpt(text: string): string {
	if (text === '') return '(nothing)';
	return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text);
}
