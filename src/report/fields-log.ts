import type {Log} from '../model/log.js';

/** A log that adds these fields to each line. */
export function fieldsLog(log: Log, fields: object): Log {
	return {
		debug: (facts, message) => log.debug({...fields, ...facts}, message),
		info: (facts, message) => log.info({...fields, ...facts}, message),
		warn: (facts, message) => log.warn({...fields, ...facts}, message),
		error: (facts, message) => log.error({...fields, ...facts}, message),
	};
}
