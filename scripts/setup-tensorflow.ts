#!/usr/bin/env node
import { Option } from 'commander'
import { z } from 'zod'
import { createCommand, doing, main } from './command-line/command.js'
import type { EditionName } from './setup-tensorflow/editions.js'

const SOURCES = ['cpu', 'gpu', 'cuda', 'library'] as const
const Flags = z.object({
  cpu: z.boolean().default(false),
  cuda: z.boolean().default(false),
  library: z.string().optional(),
  check: z.boolean().default(false),
  quiet: z.boolean().default(false),
})

const command = createCommand(
  'setup-tensorflow',
  "Makes TensorFlow.js compute on TensorFlow's own library: fetches it by pip, builds the binding, tests both.",
  'setup-tensorflow --cpu\nsetup-tensorflow --check',
)
const only = (flags: string, description: string, name: (typeof SOURCES)[number]) =>
  new Option(flags, description).conflicts(SOURCES.filter((each) => each !== name))
command
  .addOption(only('--cpu', 'the smaller TensorFlow, without GPUs: 274 MB to fetch, 1.3 GB on the disk', 'cpu'))
  .addOption(only('--gpu', 'uses a GPU where CUDA is: 572 MB to fetch, 1.9 GB on the disk [the default]', 'gpu'))
  .addOption(only('--cuda', "with CUDA 12's libraries beside: 3.4 GB to fetch, 6.4 GB on the disk", 'cuda'))
  .addOption(only('--library <PATH>', "a TensorFlow that is there: the folder 'tensorflow' of Python's", 'library'))
  .addOption(
    new Option('--check', 'fetch and build nothing: say what is there, and compute with it').conflicts([...SOURCES]),
  )

doing(command, async (_, given, { progress, signal }) => {
  const { cpu, cuda, library, check, quiet } = Flags.parse({ ...given })
  const { checkTensorflow, setUpTensorflow } = await import('./setup-tensorflow/setup.js')
  const edition: EditionName = cpu ? 'cpu' : cuda ? 'cuda' : 'gpu'
  const source = library === undefined ? { edition } : { library }
  const show = !quiet && process.stderr.isTTY
  const state = check ? await checkTensorflow({ signal }) : await setUpTensorflow({ source, progress, signal, show })
  const device = state.gpu ? 'a GPU' : 'the CPU'
  return {
    lines: [
      `TensorFlow ${state.tensorflowVersion} computes on ${device}`,
      `library: ${state.library}`,
      `binding: ${state.binding}`,
    ],
    json: state,
  }
})

await main(command)
