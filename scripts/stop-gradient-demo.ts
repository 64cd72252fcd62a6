#!/usr/bin/env node
import { z } from 'zod'
import { MAX_SEED } from '../src/base/random.js'
import { createCommand, doing, main } from './command-line/command.js'
import { EngineFlag, useEngine } from './command-line/engine.js'
import { addSchemaFlags, parseFlags } from './command-line/schema-flags.js'

const Options = z.object({
  output: z.string().default('stop-gradient.svg').describe('the picture'),
  iterations: z.int().min(1).max(1_000_000).default(400).describe('steps of gradient descent'),
  seed: z.int().min(0).max(MAX_SEED).default(1).describe('key of all random draws'),
  engine: EngineFlag,
})

const command = createCommand(
  'stop-gradient-demo',
  'Shows what stopGradient does: of three variables in one loss only the first learns; a control without it beside.',
  'stop-gradient-demo --output stop-gradient.svg',
)
addSchemaFlags(command, Options)

doing(command, async (_, flags, { progress }) => {
  const { output, iterations, seed, engine } = parseFlags(Options, flags)
  const { threeVariables } = await import('../src/gradient/three-variables.js')
  const { stopGradientPlot } = await import('../src/report/stop-gradient-plot.js')
  const { writeFileAtomically } = await import('../src/base/atomic-files.js')
  const runtime = await useEngine(engine, progress)
  const runs = threeVariables({ iterations, seed })
  await writeFileAtomically(output, stopGradientPlot(runs))
  const { stopped, control } = runs
  const bits = stopped.othersUnmoved ? 'are bit-identical' : 'HAVE MOVED'
  return {
    lines: [
      `with stopGradient: w2 and w3 ${bits}; max |w1 - w2*w3| = ${stopped.distance.toExponential(1)}`,
      `control without it: w2 and w3 ${control.othersUnmoved ? 'have not moved' : 'have moved'}`,
      output,
    ],
    json: {
      output,
      backend: runtime.backend,
      tensorflowVersion: runtime.tensorflowVersion,
      othersUnmoved: stopped.othersUnmoved,
      distance: stopped.distance,
      controlOthersUnmoved: control.othersUnmoved,
    },
    status: stopped.othersUnmoved ? 0 : 1,
  }
})

await main(command)
