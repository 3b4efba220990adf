import {readdirSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import {parseAllDocuments} from 'yaml';
import {isObject, type JsonObject} from '../../src/json/fields.js';
import {root} from '../helpers/netmon.js';

export const kubernetesFolder = join(root, 'deploy/kubernetes');

export interface Manifest {
	readonly file: string;
	readonly kind: string;
	readonly object: JsonObject;
}

/** The objects of deploy/kubernetes that go to a cluster. */
export const manifests: readonly Manifest[] = readdirSync(kubernetesFolder)
	.filter((file) => file.endsWith('.yaml') && file !== 'kustomization.yaml')
	.flatMap((file) =>
		parseAllDocuments(readFileSync(join(kubernetesFolder, file), 'utf8')).map((document) => {
			const [error] = document.errors;
			if (error !== undefined) throw error;
			const object: unknown = document.toJS();
			if (!isObject(object) || typeof object['kind'] !== 'string') throw new Error(`${file} is no manifest`);
			return {file, kind: object['kind'], object};
		}),
	);

/** What is at a path of keys in the one object of a kind. */
export function inManifest(kind: string, ...path: readonly (string | number)[]): unknown {
	const found: unknown = manifests.find((manifest) => manifest.kind === kind)?.object;
	return path.reduce((value: unknown, key) => (typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined), found);
}
