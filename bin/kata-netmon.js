#!/usr/bin/env node
const {load} = require('./load.js');

const {kataNetmon} = load('kata-netmon.cjs');

kataNetmon(process.argv.slice(2)).then((code) => process.exit(code));
