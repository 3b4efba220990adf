import type {CallReport} from '../model/call.js';
import type {Change, ChangeAction, Difference, InterfaceChange, RouteChange} from '../model/change.js';
import {isRunning, type Link} from '../model/link.js';
import type {Route} from '../model/route.js';
import {visibleText} from '../text/byte-text.js';
import {hardwareAddress} from '../text/hardware-address.js';

type Colour = 'green' | 'red' | 'yellow' | 'cyan' | 'dim';

/** SGR codes (ECMA-48, 8.3.117). */
const codes: Readonly<Record<Colour, string>> = {green: '32', red: '31', yellow: '33', cyan: '36', dim: '2'};

const signs: Readonly<Record<ChangeAction, {readonly sign: string; readonly colour: Colour}>> = {
	found: {sign: ' ', colour: 'dim'},
	added: {sign: '+', colour: 'green'},
	changed: {sign: '~', colour: 'yellow'},
	removed: {sign: '-', colour: 'red'},
};

const kindWidth = 13;
/** Interface names have at most 15 bytes (IFNAMSIZ), IPv4 destinations at most 18. */
const whatWidth = 18;

/** Lines for people: time, sign, what, details. */
export class HumanLines {
	readonly #colours: boolean;

	constructor(colours: boolean) {
		this.#colours = colours;
	}

	line(item: Change | CallReport, now: Date): string {
		if (item.type === 'call') return this.#callLine(item, now);
		const {sign, colour} = signs[item.action];
		return item.type === 'interface'
			? this.#line(now, sign, colour, 'interface', item.ifname, interfaceDetails(item))
			: this.#line(now, sign, colour, 'route', item.route.dst, routeDetails(item));
	}

	dropped(count: number): string {
		return this.#line(new Date(), '!', 'red', 'dropped', `${count} lines`, 'the reader of this output did not keep up');
	}

	#callLine(call: CallReport, now: Date): string {
		const took = `${call.durationMs.toFixed(1)} ms`;
		const what = call.ifname ?? '';
		if (call.ok) return this.#line(now, '>', 'cyan', call.op, what, `told in ${took}  ${call.payload}`);
		const retry = call.retryInMs === undefined ? '' : `, again in ${Math.round(call.retryInMs)} ms`;
		const said = call.stderr === undefined ? '' : `: ${call.stderr.split('\n').at(-1)}`;
		return this.#line(now, '!', 'red', call.op, what, `${call.reason} (try ${call.attempt}, ${took}${retry})${said}`);
	}

	#line(now: Date, sign: string, colour: Colour, kind: string, what: string, details: string): string {
		const time = this.#paint('dim', clockTime(now));
		const text = `${sign} ${kind.padEnd(kindWidth)} ${visibleText(what).padEnd(whatWidth)} ${visibleText(details)}`;
		return `${time} ${this.#paint(colour, text.trimEnd())}\n`;
	}

	#paint(colour: Colour, text: string): string {
		return this.#colours ? `\u001b[${codes[colour]}m${text}\u001b[0m` : text;
	}
}

function clockTime(now: Date): string {
	const pad = (number: number, width: number) => String(number).padStart(width, '0');
	return `${pad(now.getHours(), 2)}:${pad(now.getMinutes(), 2)}:${pad(now.getSeconds(), 2)}.${pad(now.getMilliseconds(), 3)}`;
}

function interfaceDetails({action, interface: link, differences}: InterfaceChange): string {
	return action === 'changed' ? differencesText(differences) : linkText(link);
}

function routeDetails({action, route, differences}: RouteChange): string {
	return action === 'changed' ? differencesText(differences) : routeText(route);
}

export function linkText(link: Link): string {
	const state = isRunning(link) ? 'up' : link.flags.includes('UP') ? 'no-carrier' : 'down';
	const addresses = link.addr_info.map(({local, prefixlen}) => `${local}/${prefixlen}`);
	return [`#${link.ifindex}`, link.link_kind, state, `mtu ${link.mtu}`, hardwareAddress(link.address), ...addresses]
		.filter(Boolean)
		.join(' ');
}

export function routeText(route: Route): string {
	const hops = route.nexthops?.map((hop) => `nexthop ${viaText(hop)} weight ${hop.weight}`) ?? [];
	return [
		route.type === 'unicast' ? '' : route.type,
		viaText(route),
		`proto ${route.protocol}`,
		route.scope === 'global' ? '' : `scope ${route.scope}`,
		route.prefsrc === undefined ? '' : `src ${route.prefsrc}`,
		route.metric === undefined ? '' : `metric ${route.metric}`,
		route.tos === undefined ? '' : `tos ${route.tos}`,
		...hops,
	]
		.filter(Boolean)
		.join(' ');
}

function viaText({gateway, via, dev}: Pick<Route, 'gateway' | 'via' | 'dev'>): string {
	const next = gateway ?? via?.host;
	return [next === undefined ? '' : `via ${next}`, dev === undefined ? '' : `dev ${dev}`].filter(Boolean).join(' ');
}

/** `mtu 1500 → 1400, +10.0.0.1/24`. */
function differencesText(differences: readonly Difference[] = []): string {
	return differences
		.map(({path, before, after}) => {
			const [field = '', key, ...rest] = path;
			if (key === undefined) return `${field} ${valueText(before)} → ${valueText(after)}`;
			if (before === undefined) return `+${key}`;
			if (after === undefined) return `-${key}`;
			return `${[key, ...rest].join(' ')} ${valueText(before)} → ${valueText(after)}`;
		})
		.join(', ');
}

function valueText(value: unknown): string {
	if (value === undefined || value === '') return 'none';
	if (typeof value === 'boolean') return value ? 'yes' : 'no';
	return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

/** Colours are for terminals, and for those who want them: no-color.org, and FORCE_COLOR as Node has it. */
export function wantsColours(stream: {readonly isTTY?: boolean}, environment: Readonly<Record<string, string | undefined>>): boolean {
	if (environment['NO_COLOR']) return false;
	return stream.isTTY === true && environment['TERM'] !== 'dumb';
}
