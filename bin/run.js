#!/usr/bin/env node
const {join} = require('node:path');
const {netmon} = require('../dist/netmon.cjs');

netmon(process.argv.slice(2), join(__dirname, '..'), async () => require('../dist/cli.cjs')).then((code) => process.exit(code));
