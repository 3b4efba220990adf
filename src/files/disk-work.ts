import type {MessagePort} from 'node:worker_threads';

/** One call to the file system. */
export type DiskStep =
	/** A new file, mode 0640, regardless of the umask. Its value is the descriptor. */
	| {readonly do: 'create'; readonly path: string}
	/** Its value is the number of bytes written. */
	| {readonly do: 'write'; readonly fd: number; readonly bytes: Uint8Array}
	| {readonly do: 'close'; readonly fd: number}
	| {readonly do: 'rename'; readonly from: string; readonly to: string}
	/** Like rename, but it is no error if there is no such file. */
	| {readonly do: 'shift'; readonly from: string; readonly to: string}
	/** It is no error if there is no such file. */
	| {readonly do: 'remove'; readonly path: string}
	/** It is an error if there is no such file. */
	| {readonly do: 'find'; readonly path: string};

/** How the steps have ended: with the value of the last one that has one, or with the error of the first that failed. */
export type DiskEnd = {readonly value: number} | {readonly message: string; readonly code?: string; readonly errno?: number};

export interface DiskWork {
	readonly port: MessagePort;
	/** Counts the answers, so that the other side can wait for one. */
	readonly answered: Int32Array;
}

/** What the disk thread runs. It is passed as text, so that it works from every bundle. So it must not use anything outside itself but types. */
export function diskWork(fs: typeof import('node:fs'), {port, answered}: DiskWork): void {
	const {O_CREAT, O_EXCL, O_NOFOLLOW, O_WRONLY} = fs.constants;
	const run = (step: DiskStep): number | undefined => {
		switch (step.do) {
			case 'create': {
				const fd = fs.openSync(step.path, O_CREAT | O_EXCL | O_WRONLY | O_NOFOLLOW, 0o640);
				fs.fchmodSync(fd, 0o640);
				return fd;
			}
			case 'write':
				return fs.writeSync(step.fd, step.bytes);
			case 'close':
				fs.closeSync(step.fd);
				return undefined;
			case 'find':
				fs.statSync(step.path);
				return undefined;
			case 'remove':
				fs.rmSync(step.path, {force: true});
				return undefined;
			default:
				if (step.do === 'rename' || fs.existsSync(step.from)) fs.renameSync(step.from, step.to);
				return undefined;
		}
	};
	port.on('message', (steps: readonly DiskStep[]) => {
		try {
			let value = 0;
			for (const step of steps) value = run(step) ?? value;
			const end: DiskEnd = {value};
			port.postMessage(end);
		} catch (error) {
			// postMessage drops the code of an error.
			const {message, code, errno} = Object(error);
			const end: DiskEnd = {message, code, errno};
			port.postMessage(end);
		}
		Atomics.add(answered, 0, 1);
		Atomics.notify(answered, 0);
	});
}
