#!/usr/bin/env node
// DEBUG shows stacks, with the lines of the sources. Node reads the source map when it loads the bundle.
if (process.env.DEBUG) process.setSourceMapsEnabled(true);
const {kataNetmon} = require('../dist/kata-netmon.cjs');

kataNetmon(process.argv.slice(2)).then((code) => process.exit(code));
