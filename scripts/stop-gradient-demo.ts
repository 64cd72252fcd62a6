#!/usr/bin/env node
import { z } from 'zod'
import { UserError } from '../src/base/errors.js'
import type { Progress } from '../src/base/progress.js'
import { DrawThreeVariablesOptions } from '../src/report/draw-three-variables-options.js'
import { type CommandResult, createCommand, doing, main } from './command-line/command.js'
import { EngineFlag, engineJson, useEngine } from './command-line/engine.js'
import { addSchemaFlags, parseFlags } from './command-line/schema-flags.js'

const Options = DrawThreeVariablesOptions.extend({
  output: z.string().default('stop-gradient.svg').describe('the picture'),
  question: z
    .boolean()
    .default(false)
    .describe('train CBOW five times, reading gradients in other ways or not at all, and compare the bytes'),
  engine: z
    .enum([...EngineFlag.unwrap().options, 'cuda'])
    .default('auto')
    .describe('what gradients are read on, and with --question what trains (cuda: one warp of a GPU)'),
  threads: z.int().min(1).default(1).describe('of --question: threads of engine wasm, in lockstep'),
  steps: z.int().min(1).default(100).describe('of --question: steps of 10,000 words after the first'),
})
type Options = z.output<typeof Options>

const command = createCommand(
  'stop-gradient-demo',
  'Shows that reading a gradient disturbs nothing: three variables in one loss, or (--question) CBOW training itself.',
  'stop-gradient-demo --output stop-gradient.svg\nstop-gradient-demo --question --engine wasm',
)
addSchemaFlags(command, Options)

doing(command, async (_, flags, { progress }) => {
  const options = parseFlags(Options, flags)
  return options.question ? askTheQuestion(options, progress) : demonstrate(options, progress)
})

/** Of three variables in one loss only the first learns; a control without stopGradient beside. */
async function demonstrate(
  { output, engine, iterations, seed, force }: Options,
  progress: Progress,
): Promise<CommandResult> {
  if (engine === 'cuda') throw new UserError('--engine cuda trains CBOW: add --question, or take another engine')
  const { drawThreeVariables } = await import('../src/index.js')
  const runtime = await useEngine(engine, progress)
  const { stopped, control } = await drawThreeVariables(output, { iterations, seed, force })
  const bits = stopped.othersUnmoved ? 'are bit-identical' : 'HAVE MOVED'
  return {
    lines: [
      `with stopGradient: w2 and w3 ${bits}; max |w1 - w2*w3| = ${stopped.distance.toExponential(1)}`,
      `control without it: w2 and w3 ${control.othersUnmoved ? 'have not moved' : 'have moved'}`,
      output,
    ],
    json: {
      output,
      ...(await engineJson(runtime)),
      othersUnmoved: stopped.othersUnmoved,
      distance: stopped.distance,
      controlOthersUnmoved: control.othersUnmoved,
    },
    status: stopped.othersUnmoved ? 0 : 1,
  }
}

/** The same training, read never and in every way that there is; and the control, whose sampler has a state. */
async function askTheQuestion({ seed, engine, threads, steps }: Options, progress: Progress): Promise<CommandResult> {
  const { compareReadings } = await import('../src/index.js')
  await useEngine(engine === 'cuda' ? 'auto' : engine, progress)
  const { undisturbed, runs, control } = await compareReadings({ seed, engine, threads, steps, progress })
  const { partsAtStep, losses, lossesAfterReading } = control
  return {
    lines: [
      ...runs.map(
        (run) =>
          `read ${run.reading}: losses ${run.lossesSha256.slice(0, 16)}, weights ${run.weightsSha256.slice(0, 16)}`,
      ),
      undisturbed ? 'reading disturbed nothing: losses and weights are equal to the bit' : 'READING DISTURBED TRAINING',
      partsAtStep === null
        ? 'control, a sampler with a state: THE LOSSES DO NOT PART'
        : `control, a sampler with a state: the losses part at step ${partsAtStep}, by ${Math.abs(losses[partsAtStep - 1] - lossesAfterReading[partsAtStep - 1]).toExponential(1)}`,
    ],
    json: {
      undisturbed,
      runs: runs.map((run) => ({ ...run, losses: [...run.losses] })),
      control: { partsAtStep, losses: [...losses], lossesAfterReading: [...lossesAfterReading] },
    },
    // A control in which the losses never part would show nothing.
    status: undisturbed && partsAtStep !== null ? 0 : 1,
  }
}

await main(command)
