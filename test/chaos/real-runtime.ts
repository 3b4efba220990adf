import {chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {Fields, isObject, type JsonObject} from '../../src/json/fields.js';
import {removeFolder} from '../helpers/runtime.js';

/**
 * What happens to a call: it fails before or after its work, is killed before or after it, hangs after it, takes this many seconds more,
 * writes megabytes, or makes changes of its own in the namespace.
 */
export type Fate = 'ok' | 'before' | 'after' | 'killed-before' | 'killed-after' | 'hang' | 'noise' | 'makes' | `slow ${number}`;

/** After this many calls the list of fates starts again. */
const fateCount = 64;

/**
 * The consumer of docs/rules.md as a shell script. It appends each call to `begun`, and what it really did to `effects`; the test
 * computes the sandbox from that. It takes the next fate from its list, unless there is calm.
 */
const program = `#!/bin/sh
dir=\${0%/*}
read -r number <"$dir/number"
number=\${number:-0}
fate=ok
if [ ! -f "$dir/calm" ]; then
	echo "$((number + 1))" >"$dir/number"
	read -r fate arg <"$dir/fates/$((number % ${fateCount}))"
fi
if { read -r other <"$dir/busy" && read -r _ _ state _ <"/proc/$other/stat"; } 2>/dev/null && [ "$state" != Z ]; then
	echo "$2 while $other runs" >>"$dir/overlaps"
fi
echo "$$" >"$dir/busy"
IFS= read -r payload <"$4" || [ -n "$payload" ] || exit 1
printf '%s|%s|%s\\n' "$2" "$fate $arg" "$payload" >>"$dir/begun"
refuse() {
	echo "$1" >&2
	rm -f "$dir/busy"
	exit 1
}
case $fate in
slow) sleep "$arg" ;;
before) refuse 'refused on purpose' ;;
killed-before) kill -9 "$$" ;;
noise) head -c 3000000 /dev/zero | tr '\\0' x >&2 ;;
makes) ip link add "own$number"_kata type bridge && ip link set "own$number"_kata up && ip addr add "10.250.$((number % 256)).1/24" dev "own$number"_kata ;;
esac
if [ -f "$dir/refuses" ] && [ "$2" = add-iface ]; then
	case $payload in
	*'"LinkType":"veth"'* | *'"LinkType":"tap"'*) ;;
	*) refuse 'this kind cannot be attached' ;;
	esac
fi
printf '%s|%s\\n' "$2" "$payload" >>"$dir/effects"
case $fate in
after) refuse 'failed on purpose, after its work' ;;
killed-after) kill -9 "$$" ;;
hang) exec sleep 1000 ;;
esac
rm -f "$dir/busy"
exit 0
`;

/** An endpoint or a route in the guest: the payload's fields. */
export interface Endpoint {
	readonly name: string;
	readonly hwaddr: string;
	readonly mtu: number;
	readonly kind: string;
	/** `10.0.0.1/24`, in the order told. */
	readonly addresses: readonly string[];
}

export interface GuestRoute {
	readonly dest: string;
	readonly gateway: string;
	readonly device: string;
	readonly source: string;
	readonly scope: number;
}

/** What the guest has. */
export interface Guest {
	readonly endpoints: readonly Endpoint[];
	readonly routes: readonly GuestRoute[];
	/** What no sequence of calls may do. */
	readonly breaches: readonly string[];
}

/** A runtime that fails on purpose, and a sandbox that keeps what it has done. */
export class ChaoticRuntime {
	readonly folder = mkdtempSync(join(tmpdir(), 'netmon-chaos-'));
	readonly path = join(this.folder, 'runtime');
	readonly stateDir = join(this.folder, 'state');
	#start: Pick<Guest, 'endpoints' | 'routes'> = {endpoints: [], routes: []};

	/** @param refuses attach only veth and tap, as the real one does while a sandbox runs */
	constructor(fates: readonly Fate[], refuses: boolean) {
		chmodSync(this.folder, 0o755);
		mkdirSync(join(this.folder, 'fates'));
		for (let number = 0; number < fateCount; number += 1) {
			writeFileSync(join(this.folder, 'fates', String(number)), `${fates[number % fates.length] ?? 'ok'}\n`);
		}
		writeFileSync(join(this.folder, 'number'), '0\n');
		writeFileSync(join(this.folder, 'busy'), '');
		writeFileSync(this.path, program, {mode: 0o755});
		if (refuses) writeFileSync(join(this.folder, 'refuses'), '');
	}

	/** What it attached itself before netmon started (docs/rules.md, "What the consumer does with a call"). */
	begin(start: Pick<Guest, 'endpoints' | 'routes'>): void {
		this.#start = start;
		for (const name of ['begun', 'effects', 'overlaps']) rmSync(join(this.folder, name), {force: true});
	}

	/** From now on no call fails. */
	calm(): void {
		writeFileSync(join(this.folder, 'calm'), '');
		this.appear(true);
	}

	/** Removes the program, or puts it back. */
	appear(there: boolean): void {
		const hidden = `${this.path}.hidden`;
		if (there === existsSync(this.path)) return;
		if (there) renameSync(hidden, this.path);
		else renameSync(this.path, hidden);
	}

	/** The calls so far, and the fate of each. */
	get begun(): string[] {
		return this.#lines('begun');
	}

	/** Calls that began while another one ran. */
	get overlaps(): string[] {
		return this.#lines('overlaps');
	}

	/** The sandbox after everything that was really done. */
	get guest(): Guest {
		let {routes} = this.#start;
		const endpoints = [...this.#start.endpoints];
		const breaches: string[] = [];
		for (const line of this.#lines('effects')) {
			const op = line.slice(0, line.indexOf('|'));
			const payload: unknown = JSON.parse(line.slice(op.length + 1));
			if (Array.isArray(payload)) {
				routes = payload.filter(isObject).map(routeOf);
				const devices = new Set(['lo', ...endpoints.map(({name}) => name)]);
				const unknown = routes.find(({device}) => !devices.has(device));
				if (unknown !== undefined) breaches.push(`a route to ${unknown.dest} was sent for ${unknown.device}, which the guest has not`);
			} else if (isObject(payload)) {
				const endpoint = endpointOf(payload);
				if (op === 'add-iface') endpoints.push(endpoint);
				const at = op === 'del-iface' ? endpoints.findIndex(({hwaddr}) => hwaddr === endpoint.hwaddr) : -1;
				if (at >= 0) endpoints.splice(at, 1);
			}
		}
		return {endpoints, routes, breaches};
	}

	/** A call of a netmon outside the namespace may still run. */
	close(): void {
		removeFolder(this.folder);
	}

	#lines(name: string): string[] {
		const path = join(this.folder, name);
		return existsSync(path) ? readFileSync(path, 'utf8').split('\n').slice(0, -1) : [];
	}
}

function endpointOf(payload: JsonObject): Endpoint {
	const fields = new Fields(payload, 'payload');
	return {
		name: fields.string('Name'),
		hwaddr: fields.string('HwAddr'),
		mtu: fields.integer('Mtu'),
		kind: fields.string('LinkType'),
		addresses: fields.objects('IPAddresses').map((entry) => `${entry['Address']}/${entry['Mask']}`),
	};
}

function routeOf(payload: JsonObject): GuestRoute {
	const fields = new Fields(payload, 'route');
	return {
		dest: fields.string('Dest'),
		gateway: fields.string('Gateway'),
		device: fields.string('Device'),
		source: fields.string('Source'),
		scope: fields.integer('Scope'),
	};
}
