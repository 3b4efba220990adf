#!/usr/bin/env node
const {join} = require('node:path');
const {becomeInit, load} = require('./load.js');

if (process.argv[2] === 'watch') becomeInit();

const {netmon} = load('netmon.cjs');

netmon(process.argv.slice(2), join(__dirname, '..'), async () => load('cli.cjs')).then((code) => process.exit(code));
