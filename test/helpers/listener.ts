import type {EngineListener} from '../../src/host/engine-listener.js';

/** Receives only what a test asks for. */
export function listener(hears: Partial<EngineListener>): EngineListener {
	return {looked() {}, heard() {}, lost() {}, missed() {}, called() {}, ...hears};
}
