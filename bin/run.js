#!/usr/bin/env node
const {join} = require('node:path');
const load = require('./load.js');

const root = join(__dirname, '..');
const {netmon} = load(join(root, 'dist/netmon.cjs'));

netmon(process.argv.slice(2), root, async () => load(join(root, 'dist/cli.cjs'))).then((code) => process.exit(code));
