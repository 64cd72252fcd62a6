#!/usr/bin/env node
import { z } from 'zod'
import { UserError } from '../src/base/errors.js'
import type { Progress } from '../src/base/progress.js'
import { MAX_SEED } from '../src/base/random.js'
import { type CommandResult, createCommand, doing, main } from './command-line/command.js'
import { EngineFlag, engineJson, useEngine } from './command-line/engine.js'
import { addSchemaFlags, parseFlags } from './command-line/schema-flags.js'

const Options = z.object({
  output: z.string().default('stop-gradient.svg').describe('the picture'),
  iterations: z.int().min(1).max(1_000_000).default(400).describe('steps of gradient descent'),
  seed: z.int().min(0).max(MAX_SEED).default(1).describe('key of all random draws'),
  question: z
    .boolean()
    .default(false)
    .describe('train CBOW five times, reading gradients in other ways or not at all, and compare the bytes'),
  engine: z
    .enum([...EngineFlag.unwrap().options, 'cuda'])
    .default('auto')
    .describe('what gradients are read on, and with --question what trains (cuda: one warp of a GPU)'),
  threads: z.int().min(1).default(1).describe('of --question: threads of engine wasm, in lockstep'),
  force: z.boolean().default(false).describe('write over a file that holds something else'),
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
  { output, iterations, seed, engine, force }: Options,
  progress: Progress,
): Promise<CommandResult> {
  const { threeVariables } = await import('../src/gradient/three-variables.js')
  const { stopGradientPlot } = await import('../src/report/stop-gradient-plot.js')
  const { refuseOtherThanDemonstration } = await import('../src/report/own-output.js')
  const { writeFileAtomically } = await import('../src/base/atomic-files.js')
  if (engine === 'cuda') throw new UserError('--engine cuda trains CBOW: add --question, or take another engine')
  if (!force) await refuseOtherThanDemonstration(output)
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
  const { READINGS, trainAndRead } = await import('../src/evaluate/undisturbed.js')
  const { trainWithStatefulSampler } = await import('../src/evaluate/stateful-sampler.js')
  await useEngine(engine === 'cuda' ? 'auto' : engine, progress)
  const runs = []
  for (const reading of READINGS) {
    progress.note(`training, gradient read: ${reading}`)
    runs.push({ reading, ...(await trainAndRead(reading, { seed, engine, threads, reproducible: true, steps })) })
  }
  const [unread] = runs
  const undisturbed = runs.every(
    ({ lossesSha256, weightsSha256 }) => lossesSha256 === unread.lossesSha256 && weightsSha256 === unread.weightsSha256,
  )
  const [quiet, read] = [false, true].map((reads) => trainWithStatefulSampler(reads, steps + 1, seed))
  const parts = quiet.findIndex((loss, step) => loss !== read[step])
  return {
    lines: [
      ...runs.map(
        (run) =>
          `read ${run.reading}: losses ${run.lossesSha256.slice(0, 16)}, weights ${run.weightsSha256.slice(0, 16)}`,
      ),
      undisturbed ? 'reading disturbed nothing: losses and weights are equal to the bit' : 'READING DISTURBED TRAINING',
      parts < 0
        ? 'control, a sampler with a state: THE LOSSES DO NOT PART'
        : `control, a sampler with a state: the losses part at step ${parts + 1}, by ${Math.abs(quiet[parts] - read[parts]).toExponential(1)}`,
    ],
    json: {
      undisturbed,
      runs: runs.map(({ losses, ...run }) => ({ ...run, losses: [...losses] })),
      control: { partsAtStep: parts + 1, losses: [...quiet], lossesAfterReading: [...read] },
    },
    // A control in which the losses never part would show nothing.
    status: undisturbed && parts >= 0 ? 0 : 1,
  }
}

await main(command)
