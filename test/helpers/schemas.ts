import {readFileSync} from 'node:fs';
import {Ajv2020, type ValidateFunction} from 'ajv/dist/2020.js';
import {root} from './netmon.js';

const ajv = new Ajv2020({allErrors: false, strict: true, strictRequired: false, allowUnionTypes: true});

export type SchemaName = 'event' | 'snapshot' | 'payload-kata-1.13' | 'payload-kata-1.5';

const compiled = new Map<SchemaName, ValidateFunction>();

/** What is wrong with a value according to a schema of the package; undefined if nothing is. */
export function mistakeOf(schema: SchemaName, value: unknown): string | undefined {
	const validate = compiled.get(schema) ?? ajv.compile(JSON.parse(readFileSync(`${root}schemas/${schema}.schema.json`, 'utf8')));
	compiled.set(schema, validate);
	return validate(value) ? undefined : `${JSON.stringify(value)}: ${ajv.errorsText(validate.errors)}`;
}

/** The events of an output, one JSON text on each line. Throws if one does not fit the schema. */
export function eventsIn(ndjson: string): readonly Readonly<Record<string, unknown>>[] {
	return ndjson
		.split('\n')
		.slice(0, -1)
		.map((line) => {
			const event = JSON.parse(line);
			const mistake = mistakeOf('event', event);
			if (mistake !== undefined) throw new Error(mistake);
			return event;
		});
}
