import {spawnSync} from 'node:child_process';

/** Why nothing can be rendered here; undefined where Graphviz is installed. */
export const whyNoDot: string | undefined = (() => {
	const tried = spawnSync('dot', ['-V'], {stdio: 'ignore'});
	return tried.status === 0 ? undefined : `dot of Graphviz cannot be run: ${tried.error?.message ?? `it ended with ${tried.status}`}`;
})();
