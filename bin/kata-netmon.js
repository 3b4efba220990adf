#!/usr/bin/env node
require('../dist/kata-netmon.cjs')
	.kataNetmon(process.argv.slice(2))
	.then((code) => process.exit(code));
