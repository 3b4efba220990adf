#!/usr/bin/env node
const {join} = require('node:path');

// DEBUG shows stacks, with the lines of the sources. Node reads the source map when it loads the bundle.
if (process.env.DEBUG) process.setSourceMapsEnabled(true);
const {netmon} = require('../dist/netmon.cjs');

netmon(process.argv.slice(2), join(__dirname, '..'), async () => require('../dist/cli.cjs')).then((code) => process.exit(code));
