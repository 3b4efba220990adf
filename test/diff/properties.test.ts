import test, {type ExecutionContext} from 'ava';
import fc from 'fast-check';
import type {OnChange} from '../../src/model/rules.js';
import type {Step} from '../../src/model/step.js';
import {defaultRules, inet} from '../helpers/records.js';
import {beginning, type Happening, happening, type Outcome, World} from './world.js';

const numRuns = 1000;
const onChange = fc.constantFrom<OnChange>('ignore', 'first-address', 'replace');
const moves = fc.array(
	fc.oneof(
		{weight: 3, arbitrary: happening},
		{weight: 3, arbitrary: fc.constant('look' as const)},
		{
			weight: 4,
			arbitrary: fc.record({
				choice: fc.nat(6),
				outcome: fc.constantFrom<Outcome>('ok', 'ok', 'failed before', 'failed after'),
			}),
		},
	),
	{minLength: 5, maxLength: 40, size: 'max'},
);

/** Everything is up, has an address, and is not the runtime's own: nothing depends on its past. */
const calm: Happening = (links) => {
	for (const [ifindex, link] of links) {
		if (ifindex === 1) continue;
		const ifname = link.ifname.endsWith('kata') ? `x${ifindex}` : link.ifname;
		links.set(ifindex, {
			...link,
			ifname,
			flags: ['UP', 'LOWER_UP'],
			addr_info: link.addr_info.length > 0 ? link.addr_info : [inet('10.0.0.7')],
		});
	}
};

/** The consumer has one endpoint for each announced interface, and no other. */
function assertSame(t: ExecutionContext, world: World): void {
	const endpoints = world.consumer.endpoints.map((record) => JSON.stringify(record));
	t.deepEqual(endpoints.toSorted(), [...world.told.values()].toSorted(), world.log.join('\n'));
	t.is(world.told.size, world.announced.interfaces.length, 'nothing is left unsettled');
	t.is(world.announced.routes, world.routes);
}

test('a plan that was applied in full is empty, whatever happened before and whatever calls failed', (t) => {
	fc.assert(
		fc.property(beginning, onChange, moves, (first, mode, script) => {
			const world = new World(first, {...defaultRules, onChange: mode});
			for (const move of script) {
				if (move === 'look') world.look();
				else if (typeof move === 'function') world.happen(move);
				else world.step(move.choice, move.outcome);
			}
			world.settle();
			t.deepEqual(world.plan, []);
			// And a look that finds nothing new changes nothing.
			if (script.at(-1) === 'look') {
				world.look();
				t.deepEqual(world.plan, []);
			}
		}),
		{numRuns},
	);
});

test('rule 8: whatever happened, in whatever order steps were taken and whatever calls failed, the consumer ends with exactly the endpoints that are told', (t) => {
	fc.assert(
		fc.property(beginning, onChange, moves, (first, mode, script) => {
			const world = new World(first, {...defaultRules, onChange: mode});
			for (const move of script) {
				if (move === 'look') world.look();
				else if (typeof move === 'function') world.happen(move);
				else world.step(move.choice, move.outcome);
			}
			world.look();
			world.settle();
			assertSame(t, world);
		}),
		{numRuns},
	);
});

/** Every route that the consumer gets goes by an interface that it has. */
function assertDevices(t: ExecutionContext, world: World, step: Step, effect: string | undefined): void {
	if (step.op !== 'update-routes' || effect === undefined) return;
	const routes: {Device: string}[] = JSON.parse(effect);
	const names = ['lo', ...world.consumer.names];
	for (const {Device} of routes) t.true(names.includes(Device), `${Device}: ${world.log.join('\n')}`);
}

test('no step names an interface that the guest does not have: a delete detaches exactly the record it carries', (t) => {
	fc.assert(
		fc.property(beginning, onChange, moves, (first, mode, script) => {
			const world = new World(first, {...defaultRules, onChange: mode});
			const check = (step: Step, effect: string | undefined) => {
				if (step.op === 'del-iface') t.is(effect, JSON.stringify(step.entry.record), world.log.join('\n'));
				assertDevices(t, world, step, effect);
			};
			for (const move of script) {
				if (move === 'look') world.look();
				else if (typeof move === 'function') world.happen(move);
				else world.step(0, 'ok', check);
			}
			world.settle(check);
		}),
		{numRuns},
	);
});

test('the guest has what is told, and routes go by nothing else, at every moment and whatever calls failed', (t) => {
	fc.assert(
		fc.property(beginning, onChange, moves, (first, mode, script) => {
			const world = new World(first, {...defaultRules, onChange: mode});
			for (const move of script) {
				if (move === 'look') world.look();
				else if (typeof move === 'function') world.happen(move);
				else world.step(move.choice, move.outcome, (step, effect) => assertDevices(t, world, step, effect));
				const endpoints = world.consumer.endpoints.map((record) => JSON.stringify(record));
				for (const record of world.told.values()) {
					const at = endpoints.indexOf(record);
					t.true(at >= 0, world.log.join('\n'));
					endpoints.splice(at, 1);
				}
			}
		}),
		{numRuns},
	);
});

for (const mode of ['replace', 'first-address', 'ignore'] as const) {
	const what = mode === 'replace' ? 'the same announced state' : 'the same interfaces announced';
	test(`--on-change ${mode}: any sequence of changes, coalesced in any way, ends in ${what}`, (t) => {
		const story = fc.array(fc.record({happen: happening, look: fc.boolean(), steps: fc.nat(4)}), {
			minLength: 3,
			maxLength: 25,
			size: 'max',
		});
		fc.assert(
			fc.property(beginning, story, (first, script) => {
				const rules = {...defaultRules, onChange: mode};
				const oneByOne = new World(first, rules);
				const coalesced = new World(first, rules);
				for (const {happen, look, steps} of script) {
					oneByOne.happen(happen);
					oneByOne.look();
					oneByOne.settle();
					coalesced.happen(happen);
					if (look) coalesced.look();
					for (let left = steps; left > 0; left -= 1) coalesced.step(0, 'ok');
				}
				for (const world of [oneByOne, coalesced]) {
					world.happen(calm);
					world.look();
					world.settle();
					assertSame(t, world);
				}
				if (mode === 'replace') {
					t.deepEqual(coalesced.told, oneByOne.told);
					t.is(coalesced.announced.routes, oneByOne.announced.routes);
				} else {
					t.deepEqual([...coalesced.told.keys()], [...oneByOne.told.keys()]);
				}
			}),
			{numRuns},
		);
	});
}

test('story 28: the guest never has two interfaces of the same name, whatever is renamed and whatever --on-change says', (t) => {
	fc.assert(
		fc.property(beginning, onChange, moves, (first, mode, script) => {
			const world = new World(first, {...defaultRules, onChange: mode});
			const check = () => t.is(new Set(world.consumer.names).size, world.consumer.names.length, world.log.join('\n'));
			for (const move of script) {
				if (move === 'look') world.look();
				else if (typeof move === 'function') world.happen(move);
				else world.step(0, 'ok', check);
			}
			world.settle(check);
		}),
		{numRuns},
	);
});

test('rule 7: links that came and went between two looks are not told', (t) => {
	fc.assert(
		fc.property(beginning, fc.array(happening, {minLength: 1, maxLength: 10, size: 'max'}), (first, between) => {
			const world = new World(first, defaultRules);
			world.settle();
			const known = new Set(world.links.keys());
			for (const happen of between) world.happen(happen);
			for (const ifindex of world.links.keys()) if (!known.has(ifindex)) world.links.delete(ifindex);
			world.look();
			const named = world.plan.filter((step) => step.op === 'add-iface').map((step) => step.identity.ifindex);
			t.true(named.every((ifindex) => known.has(ifindex)));
		}),
		{numRuns},
	);
});
