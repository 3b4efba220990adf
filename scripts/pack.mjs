// Packs what is built into a tarball for npm, as consumers get it. Build first: npm run build
//   node scripts/pack.mjs [--out FOLDER]   prints the path of the tarball
import {mkdirSync, mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join, resolve} from 'node:path';
import {parseArgs} from 'node:util';
import {npm, stagePackage} from './stage.mjs';

const {values} = parseArgs({options: {out: {type: 'string', default: '.'}}});
const out = resolve(values.out);
const stage = mkdtempSync(join(tmpdir(), 'netmon-pack-'));
try {
	mkdirSync(out, {recursive: true});
	await stagePackage(stage);
	const [{filename}] = JSON.parse(await npm(['pack', '--json', '--ignore-scripts', '--pack-destination', out], stage));
	console.log(join(out, filename));
} catch (error) {
	console.error(error.message);
	process.exitCode = 1;
} finally {
	rmSync(stage, {recursive: true, force: true});
}
