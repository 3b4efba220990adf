#!/usr/bin/env node
const {join} = require('node:path');
const {load} = require('./load.js');

const {netmon} = load('netmon.cjs');

netmon(process.argv.slice(2), join(__dirname, '..'), async () => load('cli.cjs')).then((code) => process.exit(code));
