import {writeSync} from 'node:fs';
import type {Socket, SocketConstructorOpts} from 'node:net';
import {type Descriptor, openAgain} from './descriptor.js';

/** How often to check whether a socket's other end still exists. */
const askMs = 500;

/** Calls back once when a pipe or socket loses its last reader. If that cannot be seen, the next write fails with EPIPE. */
export function whenReaderGoes({fd, kind}: Descriptor, onGone: () => void): void {
	if (kind === 'pipe') watchPipe(fd, onGone);
	if (kind === 'socket') askSocket(fd, onGone);
}

/**
 * poll(2) reports POLLERR for a pipe whose last reader has gone (pipe_poll, fs/pipe.c). But libuv only polls what it reads or writes, and
 * its pipe handle cannot read a pipe that is open for writing only (uv_read_start, ENOTCONN). A TCP handle accepts any descriptor, and
 * reads it when something happens. The read fails with EBADF and takes nothing out of the pipe.
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

/** A handle that is not open yet. A socket has one from the moment when it starts a name lookup; this lookup never ends. */
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
 * Writing zero bytes fails with EPIPE if the other end is closed (unix_stream_sendmsg, net/unix/af_unix.c). End-of-file on reading says
 * less: sshd closes that half when its client has no more input. And reading could take input away from a shell.
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

/** Loaded on demand, so that no start waits for it. */
function net(): typeof import('node:net') {
	return process.getBuiltinModule('node:net');
}
