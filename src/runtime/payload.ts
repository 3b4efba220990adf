import type {AnnouncedRecord} from '../model/announced.js';
import type {SendableRoute} from '../model/sendable-route.js';
import {goNumber, goString} from './go-json.js';

/** The form of the payloads, named for its consumer (docs/rules.md, "Payloads"). */
export type Profile = 'kata-1.13' | 'kata-1.5';

/** One Interface, byte for byte as Go's json.Marshal writes the profile's struct. */
export function interfacePayload(record: AnnouncedRecord, profile: Profile): string {
	const name = goString(record.name);
	const addresses =
		record.addresses.length === 0
			? 'null'
			: `[${record.addresses
					.map(({family, address, mask}) => `{"Family":${family},"Address":${goString(address)},"Mask":${goString(mask)}}`)
					.join(',')}]`;
	const head = `{"Device":${name},"Name":${name},"IPAddresses":${addresses},"Mtu":${goNumber(record.mtu)}`;
	const hwaddr = goString(record.hwaddr);
	const linkType = goString(record.linkType);
	return profile === 'kata-1.5'
		? `${head},"HwAddr":${hwaddr},"PciAddr":"","LinkType":${linkType}}`
		: `${head},"RawFlags":0,"HwAddr":${hwaddr},"PciPath":{},"LinkType":${linkType}}`;
}

/** One Route, byte for byte as Go's json.Marshal writes it. */
export function routePayload({dest, gateway, device, source, scope}: SendableRoute, profile: Profile): string {
	const written = profile === 'kata-1.5' ? dest.replace(/\/\d+$/, '') : dest;
	// No template: V8 keeps its text in pieces, and joining ten thousand of those takes ten times as long.
	return [
		...['{"Dest":', goString(written), ',"Gateway":', goString(gateway), ',"Device":', goString(device)],
		...[',"Source":', goString(source), `,"Scope":${goNumber(scope)}}`],
	].join('');
}
