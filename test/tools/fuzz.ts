// npm run fuzz [-- --seconds N] [--seed S]: inputs by the thousand; what crashes, hangs, or prints other than it planned is
// printed with the smallest input that does it. Exit code 1 when there is a find.

import { parseArgs } from 'node:util'
import { fuzzCommands } from '../helpers/fuzz-commands.ts'
import { fuzz, GENERATORS } from '../helpers/fuzzing.ts'

const { values } = parseArgs({ options: { seconds: { type: 'string', default: '30' }, seed: { type: 'string' } } })
const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 31))
const seconds = Number(values.seconds)
console.log(`seed ${seed}`)
process.on('unhandledRejection', error => {
  console.log('find: an unhandled rejection', error)
  process.exitCode = 1
})
for (const [index, name] of Object.keys(GENERATORS).entries()) {
  const started = Date.now()
  const until = started + (seconds * 1000) / 6
  let inputs = 0
  for (let round = 0; Date.now() < until; round++) {
    const found = fuzz(name, seed + index + round * 3, 200)
    inputs += found.inputs
    if (found.find === undefined) continue
    console.log(`find (${name}): ${found.find}`)
    process.exitCode = 1
    break
  }
  console.log(`${name}: ${inputs} inputs, ${Math.round((inputs * 1000) / (Date.now() - started))} a second`)
}

const until = Date.now() + (seconds * 1000) / 2
const finds = new Set<string>()
let [inputs, runs] = [0, 0]
for (let round = 0; Date.now() < until; round++) {
  const found = await fuzzCommands(seed + round)
  inputs++
  runs += found.runs
  const kind = found.find
    ?.split('\n')
    .slice(0, 2)
    .join(' ')
    .replace(/: [a-z]+ -.*/, '')
  if (kind === undefined || finds.has(kind)) continue
  finds.add(kind)
  console.log(`find (commands): ${found.find}`)
  process.exitCode = 1
}
console.log(`commands: ${inputs} inputs, ${runs} runs of commands`)
