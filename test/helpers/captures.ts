import {existsSync, readdirSync, readFileSync} from 'node:fs';
import {join, resolve} from 'node:path';
import type {Link} from '../../src/model/link.js';
import type {Route} from '../../src/model/route.js';
import {type MonitorEvent, parseMonitorLine} from '../../src/probe/monitor/monitor-line.js';
import {parseIpJson} from '../../src/probe/read/ip-json.js';
import {linkOf} from '../../src/probe/read/link.js';
import {routeOf} from '../../src/probe/read/route.js';
import {root} from './netmon.js';

const folder = `${root}test/fixtures/iproute2`;

/** Captures of programs that netmon must refuse. */
const unusable = ['4.19.0', 'busybox-1.35.0'];

/** Releases that netmon can use, oldest first. A new capture is compared as soon as its folder is there (docs/compatibility.md). */
export const usableReleases: readonly string[] = readdirSync(folder)
	.filter((name) => !unusable.includes(name))
	.sort((a, b) => a.localeCompare(b, 'en', {numeric: true}));

/**
 * The recorded output of a release's `ip`, byte for byte.
 *
 * @param program its folder among the captures, or the path of one made elsewhere
 */
export function capture(program: string, file: string): Buffer {
	return readFileSync(join(resolve(folder, program), file));
}

/** The same, or undefined if nothing was captured. */
export function captureIfThere(program: string, file: string): Buffer | undefined {
	return existsSync(join(resolve(folder, program), file)) ? capture(program, file) : undefined;
}

export function capturedLinks(program: string, file: string): Link[] {
	return parseIpJson(capture(program, file).toString('latin1'), file).map((entry) => linkOf(entry, file));
}

export function capturedRoutes(program: string, file: string): Route[] {
	const family = file.startsWith('routes6') ? 'inet6' : 'inet';
	return parseIpJson(capture(program, file).toString('latin1'), file).map((entry) => routeOf(entry, family, file));
}

/** The kernel's own list of indices and names. The names are bytes. */
export function kernelNames(program: string): Map<number, Buffer> {
	const lines = capture(program, 'ifindex.txt').toString('latin1').trim().split('\n');
	return new Map(
		lines.map((line): [number, Buffer] => {
			const [ifindex = '', hex = ''] = line.split(' ');
			return [Number(ifindex), Buffer.from(hex, 'hex')];
		}),
	);
}

/** What a monitor line reports, without its own words, which differ between releases. */
export function doorbell(line: string): MonitorEvent | undefined {
	const event = parseMonitorLine(line);
	if (event === undefined) return undefined;
	const {said: _, ...rest} = event;
	return rest;
}
