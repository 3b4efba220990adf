/** The result of one check. */
export interface Finding {
	/** `warn`: netmon works, but not as well as it could. `fail`: it does not work. */
	readonly level: 'ok' | 'warn' | 'fail';
	readonly what: string;
	readonly detail: string;
	/** How to fix it; absent for `ok`. */
	readonly advice?: string;
}

export function ok(what: string, detail: string): Finding {
	return {level: 'ok', what, detail};
}

export function warn(what: string, detail: string, advice: string): Finding {
	return {level: 'warn', what, detail, advice};
}

export function fail(what: string, detail: string, advice: string): Finding {
	return {level: 'fail', what, detail, advice};
}
