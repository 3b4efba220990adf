const {statSync} = require('node:fs');

/**
 * Tells this very Node from any other. Compiled code is for the one that made it: V8 takes that of 20.20 under 20.19 too, both being
 * its version 11.3.244.8, and crashes.
 */
module.exports = () => {
	const {size, mtimeMs} = statSync(process.execPath);
	return JSON.stringify([process.version, process.arch, process.execPath, size, mtimeMs]);
};
