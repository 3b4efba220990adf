import {chmodSync, renameSync, rmSync, unlinkSync} from 'node:fs';
import type {Server as HttpServer, IncomingMessage, ServerResponse} from 'node:http';
import {createServer, type Server, type Socket} from 'node:net';
import {claimFolder} from '../files/make-folder.js';
import {messageOf} from '../model/errors.js';
import type {Event} from '../model/event.js';
import type {Sink} from '../model/sink.js';
import type {WatchState} from '../model/watch-state.js';
import {livingSockets, socketPath, unfinishedPath} from './socket-folder.js';

/** What a netmon shows at its socket. */
export interface Inside {
	state(): WatchState;
	/** Everything that is there, as events, ending with `ready`. */
	picture(): readonly Event[];
	line(event: Event): string;
	metrics(): Promise<{readonly text: string; readonly contentType: string}>;
	/** Sends events to this sink from now on. */
	listen(sink: Sink): void;
	unlisten(sink: Sink): void;
	/** A reader of events did not keep up, and was dropped. */
	dropped(waitingBytes: number): void;
}

const ofEvents = 'application/x-ndjson';
const mostConnections = 32;
/** The most bytes to keep for a slow reader. Beyond that it is disconnected, and can connect again. */
const mostWaitingBytes = 16 * 1024 * 1024;
/** A reader for whom this much waits is slower than the events. */
const muchWaitingBytes = 1024 * 1024;
/** sun_path without the zero at its end (unix(7)). Node cuts a longer path off and reports nothing. */
const mostPathBytes = 107;
/** A client that has not asked and read the answer within this time is disconnected. Readers of events stay. */
const requestLimitMs = 10_000;

/** HTTP at a Unix socket of this user's own, `PID.sock` in the folder. */
export class StateServer {
	readonly #inside: Inside;
	readonly #path: string;
	readonly #server: Server;
	readonly #limitMs: number;
	readonly #limits = new WeakMap<Socket, NodeJS.Timeout>();
	#http: Promise<HttpServer> | undefined;
	/** Readers of events until they are closed, with what may wait for each. */
	readonly #readers = new Map<ServerResponse, number>();
	readonly #sink: Sink;

	private constructor(inside: Inside, path: string, limitMs: number) {
		this.#limitMs = limitMs;
		this.#inside = inside;
		this.#path = path;
		const isBehind = () => this.#isBehind();
		this.#sink = {
			take: (event) => this.#send(event),
			get behind() {
				return isBehind();
			},
		};
		this.#server = createServer((socket) => void this.#take(socket));
		this.#server.maxConnections = mostConnections;
	}

	/** Rejects if the socket cannot be made. */
	static async open(folder: string, pid: number, inside: Inside, limitMs = requestLimitMs): Promise<StateServer> {
		const path = socketPath(folder, pid);
		if (Buffer.byteLength(path) > mostPathBytes) throw new Error(`the path of a socket has ${mostPathBytes} bytes at most: ${path}`);
		claimFolder(folder, 0o700);
		// Also removes one of an earlier process with the same pid.
		await livingSockets(folder);
		const server = new StateServer(inside, path, limitMs);
		await server.#listen();
		return server;
	}

	close(): void {
		this.#server.close();
		void this.#http?.then((http) => http.closeAllConnections());
		try {
			unlinkSync(this.#path);
		} catch {
			// Somebody has removed it.
		}
	}

	#listen(): Promise<void> {
		return new Promise((resolve, reject) => {
			this.#server.once('error', reject);
			// It gets its own name last. Until it listens it refuses connections, and another netmon would take it for a stale one.
			const path = unfinishedPath(this.#path);
			rmSync(path, {force: true});
			this.#server.listen(path, () => {
				this.#server.unref();
				this.#server.off('error', reject);
				// A connection that cannot be accepted is lost, and nothing else happens.
				this.#server.on('error', () => undefined);
				// Somebody may have removed it, or its folder.
				try {
					chmodSync(path, 0o600);
					renameSync(path, this.#path);
					resolve();
				} catch (error) {
					reject(error);
				}
			});
		});
	}

	/** node:http takes 2 MB of memory, and is loaded for the first request. */
	async #take(socket: Socket): Promise<void> {
		const limit = setTimeout(() => socket.destroy(), this.#limitMs).unref();
		this.#limits.set(socket, limit);
		socket.once('close', () => clearTimeout(limit));
		try {
			this.#http ??= import('node:http').then((module) => module.createServer((request, response) => this.#answer(request, response)));
			(await this.#http).emit('connection', socket);
		} catch {
			// No descriptor is free to load it.
			this.#http = undefined;
			socket.destroy();
		}
	}

	#answer(request: IncomingMessage, response: ServerResponse): void {
		const [path] = (request.url ?? '').split('?');
		response.shouldKeepAlive = false;
		response.on('error', () => undefined);
		if (request.method !== 'GET' && request.method !== 'HEAD') {
			response.writeHead(405, {allow: 'GET, HEAD'}).end();
			return;
		}
		if (path === '/events' && request.method === 'HEAD') response.writeHead(200, {'content-type': ofEvents}).end();
		else if (path === '/events') {
			clearTimeout(this.#limits.get(request.socket));
			this.#attempt(response, () => this.#begin(response));
		} else if (path === '/state') {
			this.#attempt(response, () => send(response, `${JSON.stringify(this.#inside.state())}\n`, 'application/json'));
		} else if (path === '/metrics') {
			this.#attempt(response, async () => {
				const {text, contentType} = await this.#inside.metrics();
				send(response, text, contentType);
			});
		} else response.writeHead(404).end('see /state, /events and /metrics\n');
	}

	/** A fault here must not end the watch. */
	async #attempt(response: ServerResponse, answer: () => void | Promise<void>): Promise<void> {
		try {
			await answer();
		} catch (error) {
			if (response.headersSent) response.destroy();
			else response.writeHead(500).end(`${messageOf(error)}\n`);
		}
	}

	#begin(response: ServerResponse): void {
		// All at once: no change can come between the picture and what follows it.
		const picture = Buffer.from(
			this.#inside
				.picture()
				.map((event) => this.#inside.line(event))
				.join(''),
		);
		response.writeHead(200, {'content-type': ofEvents});
		// The picture may be larger than what may wait. A reader gets all of it, and has to keep up from then on.
		this.#readers.set(response, picture.length + mostWaitingBytes);
		response.once('drain', () => this.#readers.set(response, mostWaitingBytes));
		response.write(picture);
		if (this.#readers.size === 1) this.#inside.listen(this.#sink);
		response.once('close', () => {
			this.#readers.delete(response);
			if (this.#readers.size === 0) this.#inside.unlisten(this.#sink);
		});
	}

	/** Whether a reader of events needs a moment. */
	#isBehind(): boolean {
		return [...this.#readers.keys()].some(({writableLength, destroyed}) => !destroyed && writableLength > muchWaitingBytes);
	}

	#send(event: Event): void {
		const line = this.#inside.line(event);
		for (const [reader, limit] of this.#readers) {
			const {writableLength, destroyed} = reader;
			if (destroyed) continue;
			if (writableLength <= limit) reader.write(line);
			else {
				reader.destroy();
				this.#inside.dropped(writableLength);
			}
		}
	}
}

function send(response: ServerResponse, text: string, contentType: string): void {
	response.writeHead(200, {'content-type': contentType}).end(text);
}
