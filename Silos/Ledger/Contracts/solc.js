#!/usr/bin/env node
// The pinned wasm compiler under the command line of a native solc, as far as forge asks: a version, and standard JSON.
const solc = require('solc');

if (process.argv.includes('--version')) {
  console.log('solc, the solidity compiler commandline interface\nVersion: ' + solc.version().replace('Emscripten.clang', 'Linux.g++'));
} else {
  process.stdout.write(solc.compile(require('fs').readFileSync(0, 'utf8')));
}
