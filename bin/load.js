const {readFileSync} = require('node:fs');
const {createRequire, Module, wrap} = require('node:module');
const {dirname} = require('node:path');
const {Script} = require('node:vm');
const thisNode = require('./this-node.js');

/**
 * Loads a bundle of dist/ with the code that the build has had compiled, in two thirds of the time. Any other Node than
 * the one that has built it compiles as ever.
 */
module.exports = (file) => {
	// A stack is wanted: as the sources have it; require() reads their map.
	if (process.env.DEBUG) process.setSourceMapsEnabled(true);
	const cachedData = process.env.DEBUG || withoutCompiled() ? undefined : compiledCode(file);
	if (cachedData === undefined) return require(file);
	const script = new Script(wrap(readFileSync(file, 'utf8')), {filename: file, cachedData});
	const loaded = new Module(file, module);
	// Whoever requires it later, as oclif does its commands, has this very one.
	require.cache[file] = loaded;
	script.runInThisContext()(loaded.exports, createRequire(file), loaded, file, dirname(file));
	loaded.loaded = true;
	return loaded.exports;
};

/** Among the things done for speed alone that can be left out (src/options/tricks.ts). */
function withoutCompiled() {
	return (process.env.NETMON_WITHOUT ?? '').split(',').includes('compiled');
}

function compiledCode(file) {
	try {
		if (readFileSync(`${file}.v8-for`, 'utf8') !== thisNode()) return undefined;
		return readFileSync(`${file}.v8`);
	} catch {
		return undefined;
	}
}
