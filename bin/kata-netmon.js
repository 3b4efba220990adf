#!/usr/bin/env node
// A young generation that does not grow: as fast here, and 30 MB less after a storm (docs/performance.md).
require('node:v8').setFlagsFromString('--semi-space-growth-factor=1');
const {join} = require('node:path');
const load = require('./load.js');

load(join(__dirname, '../dist/kata-netmon.cjs'))
	.kataNetmon(process.argv.slice(2))
	.then((code) => process.exit(code));
