#!/usr/bin/env node
// CommonJS, which starts quicker.
const { start } = require('../dist/cli/start.cjs')
void start(process.argv.slice(2)).then(code => {
  process.exitCode = code
})
