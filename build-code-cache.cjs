// Has V8 compile a bundle and keeps the code beside it, for bin/load.js. Takes as argument the bundle.
const {readFileSync, writeFileSync} = require('node:fs');
const {createRequire, wrap} = require('node:module');
const {dirname} = require('node:path');
const {Script} = require('node:vm');
const thisNode = require('./bin/this-node.js');

const file = process.argv[2];
const script = new Script(wrap(readFileSync(file, 'utf8')), {filename: file});
const loaded = {exports: {}};
// What loading calls is compiled too.
script.runInThisContext()(loaded.exports, createRequire(file), loaded, file, dirname(file));
writeFileSync(`${file}.v8`, script.createCachedData());
writeFileSync(`${file}.v8-for`, thisNode());
