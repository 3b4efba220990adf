import test from 'ava';
import fc from 'fast-check';
import type {SendableRoute} from '../../src/diff/sendable-route.js';
import {RoutesPayload} from '../../src/runtime/payload.js';

/** A few objects only, so that lists made from them have much in common. */
const pool: readonly SendableRoute[] = Array.from({length: 12}, (_, n) => ({
	dest: n === 0 ? '' : `10.${'9'.repeat(n % 3)}${n}.0.0/16`,
	gateway: n % 2 === 0 ? '' : '10.0.0.1',
	device: n % 5 === 0 ? 'ünicode"<&\u2028' : 'eth0',
	source: '',
	scope: n % 2 === 0 ? 253 : 0,
}));

const lists = fc.array(fc.array(fc.constantFrom(...pool), {maxLength: 10}), {minLength: 1, maxLength: 12});

for (const profile of ['kata-1.13', 'kata-1.5'] as const) {
	test(`${profile}: a list spliced from the last one is, byte for byte, the list made anew`, (t) => {
		fc.assert(
			fc.property(lists, (sequence) => {
				const spliced = new RoutesPayload(profile);
				for (const list of sequence) t.is(spliced.of(list), new RoutesPayload(profile).of(list));
			}),
			{numRuns: 500},
		);
	});
}

test('a list made anew holds each of its routes once and in order, and an empty one is []', (t) => {
	fc.assert(
		fc.property(fc.array(fc.constantFrom(...pool), {maxLength: 10}), (list) => {
			const parsed: unknown = JSON.parse(new RoutesPayload('kata-1.13').of(list));
			t.deepEqual(
				parsed,
				list.map(({dest, gateway, device, source, scope}) => ({
					Dest: dest,
					Gateway: gateway,
					Device: device,
					Source: source,
					Scope: scope,
				})),
			);
		}),
	);
	t.is(new RoutesPayload('kata-1.13').of([]), '[]');
});
