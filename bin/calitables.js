#!/usr/bin/env node
// Newer Nodes keep what they have compiled: the second start is quicker. This file is CommonJS, which starts quicker, too.
require('node:module').enableCompileCache?.()
const { start } = require('../dist/cli/start.cjs')
void start(process.argv.slice(2)).then(code => {
  process.exitCode = code
})
