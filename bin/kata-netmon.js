#!/usr/bin/env node
const {load} = require('./load.js');

if (process.pid === 1) require('./init.js').startUnderInit(start);
else start();

function start() {
	const {kataNetmon} = load('kata-netmon.cjs');
	kataNetmon(process.argv.slice(2)).then((code) => process.exit(code));
}
