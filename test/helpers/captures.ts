import {existsSync, readFileSync} from 'node:fs';
import {root} from './netmon.js';

/** Releases whose JSON can be used, oldest first (IPROUTE2.md, section 5). */
export const usableReleases = ['5.5.0', '5.10.0', '5.15.0', '6.1.0', '6.6.0', '6.12.0', '7.1.0'] as const;

export type CapturedProgram = (typeof usableReleases)[number] | '4.19.0' | 'busybox-1.35.0';

/** What a release's `ip` printed, byte for byte. */
export function capture(program: CapturedProgram, file: string): Buffer {
	return readFileSync(`${root}test/fixtures/iproute2/${program}/${file}`);
}

/** The same; undefined where nothing was captured. */
export function captureIfThere(program: CapturedProgram, file: string): Buffer | undefined {
	return existsSync(`${root}test/fixtures/iproute2/${program}/${file}`) ? capture(program, file) : undefined;
}

/** The kernel's own list of indices and names, the names as bytes. */
export function kernelNames(program: CapturedProgram): Map<number, Buffer> {
	const lines = capture(program, 'ifindex.txt').toString('latin1').trim().split('\n');
	return new Map(
		lines.map((line): [number, Buffer] => {
			const [ifindex = '', hex = ''] = line.split(' ');
			return [Number(ifindex), Buffer.from(hex, 'hex')];
		}),
	);
}
