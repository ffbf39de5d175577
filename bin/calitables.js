#!/usr/bin/env node
import module from 'node:module'
// Newer Nodes keep what they have compiled: the second start is quicker.
module.enableCompileCache?.()
const { start } = await import('../dist/cli/start.js')
process.exitCode = await start(process.argv.slice(2))
