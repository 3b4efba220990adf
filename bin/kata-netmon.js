#!/usr/bin/env node
const {join} = require('node:path');
const load = require('./load.js');

const {kataNetmon} = load(join(__dirname, '../dist/kata-netmon.cjs'));

kataNetmon(process.argv.slice(2)).then((code) => process.exit(code));
