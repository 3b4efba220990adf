import {readdirSync, readFileSync} from 'node:fs';

/** What a process and all below it cost; a process that ends meanwhile counts as nothing. */

/** @returns {number[]} the process's descendants, without itself */
export function descendantsOf(pid) {
	const children = childrenOf(pid);
	return children.flatMap((child) => [child, ...descendantsOf(child)]);
}

function childrenOf(pid) {
	const threads = readOr(`/proc/${pid}/task/${pid}/children`, '');
	return threads.trim().split(' ').filter(Boolean).map(Number);
}

/** @returns {{rss: number, pss: number, own: number}} megabytes; own: private to it */
export function memoryOf(pid) {
	const text = readOr(`/proc/${pid}/smaps_rollup`, '');
	const field = (name) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(text)?.[1] ?? 0) / 1024;
	return {rss: field('Rss'), pss: field('Pss'), own: field('Private_Clean') + field('Private_Dirty')};
}

/** Of several processes together. */
export function memoryOfAll(pids) {
	const sum = {rss: 0, pss: 0, own: 0};
	for (const pid of pids) {
		const {rss, pss, own} = memoryOf(pid);
		sum.rss += rss;
		sum.pss += pss;
		sum.own += own;
	}
	return sum;
}

/** Time on a processor (schedstat, all threads) and context switches since the start. */
export function effortOf(pid) {
	let cpuMs = 0;
	let switches = 0;
	for (const thread of threadsOf(pid)) {
		cpuMs += Number(readOr(`/proc/${pid}/task/${thread}/schedstat`, '0').split(' ')[0]) / 1e6;
		for (const [, count] of readOr(`/proc/${pid}/task/${thread}/status`, '').matchAll(/ctxt_switches:\s+(\d+)/g)) switches += Number(count);
	}
	return {cpuMs, switches};
}

function threadsOf(pid) {
	try {
		return readdirSync(`/proc/${pid}/task`);
	} catch {
		return [];
	}
}

function readOr(path, fallback) {
	try {
		return readFileSync(path, 'latin1');
	} catch {
		return fallback;
	}
}
