import {writeSync} from 'node:fs';
import type {Socket, SocketConstructorOpts} from 'node:net';
import {type Descriptor, openAgain} from './descriptor.js';

/** How often a socket is asked whether its other end is there. */
const askMs = 500;

/**
 * Calls back once when the last reader of a pipe or socket has gone, also while nothing is written. Where that cannot be seen, the next
 * write fails with EPIPE.
 */
export function whenReaderGoes({fd, kind}: Descriptor, onGone: () => void): void {
	if (kind === 'pipe') watchPipe(fd, onGone);
	if (kind === 'socket') askSocket(fd, onGone);
}

/**
 * poll(2) reports POLLERR for a pipe whose last reader has gone (pipe_poll, fs/pipe.c). libuv polls only what it reads or writes, and
 * refuses to read a pipe handle that is open for writing only (uv_read_start, ENOTCONN). A TCP handle takes any descriptor, and
 * reads it when something happens: the read fails with EBADF, and takes nothing out of the pipe.
 */
function watchPipe(fd: number, onGone: () => void): void {
	const handle = tcpHandle();
	const own = handle === undefined ? undefined : openAgain(fd);
	if (handle === undefined || own === undefined || handle.open(own) !== 0) return;
	const options: SocketConstructorOpts & {readonly handle: object} = {handle, readable: true, writable: false};
	const watcher = new (net().Socket)(options);
	watcher.once('error', onGone);
	watcher.unref();
	watcher.resume();
}

/** A handle that is not open: a socket has it from the moment when it looks up a name, here for ever. */
function tcpHandle(): {open(fd: number): unknown} | undefined {
	const socket: Socket = new (net().Socket)();
	socket.connect({host: 'none', port: 1, lookup: () => undefined});
	const handle: unknown = Reflect.get(socket, '_handle');
	return canOpen(handle) ? handle : undefined;
}

function canOpen(handle: unknown): handle is {open(fd: number): unknown} {
	return typeof handle === 'object' && handle !== null && 'open' in handle && typeof handle.open === 'function';
}

/**
 * Writing nothing fails with EPIPE where the other end is closed (unix_stream_sendmsg, net/unix/af_unix.c). The end of what can be read
 * says less: sshd closes that half when its client has no more input, and reading could take the input of a shell.
 */
function askSocket(fd: number, onGone: () => void): void {
	const timer = setInterval(() => {
		try {
			writeSync(fd, Buffer.alloc(0));
		} catch {
			clearInterval(timer);
			onGone();
		}
	}, askMs).unref();
}

/** Loaded when needed: no start waits for it. */
function net(): typeof import('node:net') {
	return process.getBuiltinModule('node:net');
}
