#!/usr/bin/env node
// A young generation that does not grow: as fast here, and 30 MB less after a storm (docs/performance.md).
require('node:v8').setFlagsFromString('--semi-space-growth-factor=1');
const {join} = require('node:path');
const load = require('./load.js');

const root = join(__dirname, '..');
const {netmon} = load(join(root, 'dist/netmon.cjs'));

netmon(process.argv.slice(2), root, async () => load(join(root, 'dist/cli.cjs'))).then((code) => process.exit(code));
