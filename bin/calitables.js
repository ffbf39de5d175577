#!/usr/bin/env node
// CommonJS, which starts quicker. All is written when the code is known: nothing is left to wait for, nor memory to give back piece by piece.
const { start } = require('../dist/cli/start.cjs')
void start(process.argv.slice(2)).then(code => process.exit(code))
