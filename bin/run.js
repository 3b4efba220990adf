#!/usr/bin/env node
const {join} = require('node:path');
const {load} = require('./load.js');

if (process.pid === 1 && process.argv[2] === 'watch') require('./init.js').startUnderInit(start);
else start();

function start() {
	const {netmon} = load('netmon.cjs');
	netmon(process.argv.slice(2), join(__dirname, '..'), async () => load('cli.cjs')).then((code) => process.exit(code));
}
