import {request} from 'node:http';
import {isObject} from '../json/fields.js';
import type {WatchState} from '../model/watch-state.js';

const limitMs = 5000;
/** 100,000 routes and their decisions are some 60 MB. */
const mostBytes = 1024 * 1024 * 1024;

/** Gets the state of the netmon at this socket. Rejects if it does not answer. */
export function askState(path: string): Promise<WatchState> {
	return new Promise((resolve, reject) => {
		const asked = request({socketPath: path, path: '/state', timeout: limitMs}, (response) => {
			const chunks: Buffer[] = [];
			let bytes = 0;
			response.on('error', reject);
			response.on('data', (chunk: Buffer) => {
				chunks.push(chunk);
				bytes += chunk.length;
				if (bytes > mostBytes) asked.destroy(new Error('its answer is too large'));
			});
			response.on('end', () => {
				try {
					resolve(stateIn(Buffer.concat(chunks).toString('utf8')));
				} catch (error) {
					reject(error);
				}
			});
		});
		asked.on('timeout', () => asked.destroy(new Error(`no answer within ${limitMs} ms`)));
		asked.on('error', reject);
		asked.end();
	});
}

function stateIn(text: string): WatchState {
	const parsed: unknown = JSON.parse(text);
	if (!isState(parsed)) throw new Error('its answer is not that of a netmon of this version');
	return parsed;
}

/** Nobody else can make a socket in the folder, so the version of the contract is enough to check. */
function isState(value: unknown): value is WatchState {
	return isObject(value) && value['v'] === 1 && typeof value['pid'] === 'number' && Array.isArray(value['namespaces']);
}
