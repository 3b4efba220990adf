import {planInterfaces, planRoutes} from '../../src/diff/plan.js';
import type {Wishes} from '../../src/diff/wishes.js';
import type {Announced} from '../../src/model/announced.js';
import type {Step} from '../../src/model/step.js';

/** Everything that the runtime has to be told, in order. */
export function planSteps(desired: Wishes, announced: Announced, routes: string): Step[] {
	return [...planInterfaces(desired, announced), ...planRoutes(announced, routes)];
}
