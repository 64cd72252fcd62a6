#!/usr/bin/env node
import { z } from 'zod'
import type { AttackDefinition } from '../src/attacks/attack.js'
import { attackDefinitions } from '../src/attacks/index.js'
import { GenerateOptions } from '../src/evaluate/generate-options.js'
import type { AttackResult } from '../src/evaluate/result.js'
import { addAttackFlags, attackExample, attackFromFlags, attackLines } from './command-line/attack-flags.js'
import {
  type CommandContext,
  type CommandResult,
  commandLine,
  createCommand,
  doing,
  main,
  required,
} from './command-line/command.js'
import { addSchemaFlags, parseFlags } from './command-line/schema-flags.js'
import { statisticsLines } from './command-line/statistics-lines.js'
import { onEngine, VictimEngineFlag } from './command-line/victim-engine.js'

const Options = GenerateOptions.omit({ epsilons: true }).extend({
  textColumn: z.string().min(1).default('text').describe('column of the text'),
  labelColumn: z.string().min(1).default('label').describe('column of the label'),
  engine: VictimEngineFlag,
  savePerturbations: z.boolean().default(false).describe('save the change of each embedded input beside the rows'),
  resume: z.boolean().default(false).describe('go on with what an interrupted run left'),
  force: z
    .boolean()
    .default(false)
    .describe('write over results that stand there, an interrupted run, or something else'),
})
type Options = z.output<typeof Options>

const command = createCommand(
  'generate-adversarial',
  'Attacks a model: rows of CSV or JSONL for a classifier, windows of a text for a CBOW model, or one --text.',
  () => attackExample(definition),
)
  .argument('[rows]', 'CSV or JSONL for a classifier, text for a CBOW model')
  .option('--model <DIR>', 'folder of the victim')
  .option('--attack <NAME>', 'the attack; with --help its own flags are listed')
  .option('--list-attacks', 'list the attacks')
  .option('--output <FILE>', 'result rows, CSV or JSONL by the ending; a summary is written beside')
  .option('--text <TEXT>', 'attack this one text, and print the result')
  .option('--report <FILE.html>', 'draw a report too')
addSchemaFlags(command, Options)

doing(command, async ([rows], flags, context) => {
  const { model: _model, attack: _attack, listAttacks, output: _output, text, report, ...rest } = flags
  if (listAttacks)
    return {
      lines: attackLines(),
      json: {
        attacks: attackDefinitions.map(({ name, kind, summary, reference }) => ({ name, kind, summary, reference })),
      },
    }
  if (definition === undefined)
    return command.error(`error: no --attack given; one of ${attackDefinitions.map(({ name }) => name).join(', ')}`)
  const model = required(command, flags, 'model')
  const known = new Set(Object.keys(Options.shape))
  const own = Object.fromEntries(Object.entries(rest).filter(([name]) => !known.has(name)))
  const options = parseFlags(Options, rest)
  const task = { ...attackFromFlags(definition, own), model, options, labelsNamed: rest.labelColumn !== undefined }
  if (typeof text === 'string') {
    const forFiles = command.options.filter(({ long }) => long && FOR_FILES.includes(long))
    const given = forFiles.find((option) => flags[option.attributeName()] !== undefined)?.long ?? rows
    if (given !== undefined) command.error(`error: --text prints its result; leave ${given} out`)
    return attackText(text, task, context)
  }
  if (rows === undefined) command.error('error: no rows given; name a file, or give one --text')
  const output = required(command, flags, 'output')
  return attackRows(rows, output, typeof report === 'string' ? report : undefined, task, context)
})

/** Flags that mean something only where rows are read from a file. */
const FOR_FILES = ['--output', '--report', '--save-perturbations', '--resume', '--force']

type Task = ReturnType<typeof attackFromFlags> & {
  readonly model: string
  readonly options: Options
  /** Whether --label-column is given. */
  readonly labelsNamed: boolean
}

async function attackRows(
  rows: string,
  output: string,
  report: string | undefined,
  { attack, epsilons, model, options, labelsNamed }: Task,
  { progress, signal }: CommandContext,
): Promise<CommandResult> {
  const {
    attackToFile,
    ensureReportWritable,
    loadVictim,
    readExamples,
    readModelName,
    reportOnFiles,
    writeFileAtomically,
  } = await import('../src/index.js')
  if (report !== undefined) await ensureReportWritable(report, options.force)
  const victim = await loadVictim(model)
  const examples = readExamples(victim, rows, {
    ...options,
    labelRequired: false,
    labelColumnRequired: labelsNamed,
    onNoLabelColumn: () =>
      progress.note(`${rows}: no column ${options.labelColumn}; the model's own predictions are attacked`),
  })
  const context = { source: rows, model: await readModelName(model), progress, signal }
  const summary = await onEngine(victim, options.engine, progress, (attacked) =>
    attackToFile(attacked, attack, examples, output, { ...options, ...context, epsilons }),
  )
  if (report !== undefined) {
    await writeFileAtomically(report, await reportOnFiles([output], victim, { commands: [commandLine()] }))
  }
  const snapped =
    summary.flipsBeforeSnap === null
      ? []
      : [`${summary.flipsBeforeSnap} flipped before they were brought back to words`]
  const written = report === undefined ? [output] : [output, report]
  return { lines: [...statisticsLines(attack.name, summary), ...snapped, ...written], json: summary }
}

async function attackText(
  text: string,
  { attack, epsilons, model, options }: Task,
  { progress, signal }: CommandContext,
): Promise<CommandResult> {
  const { examplesOf, generateAdversarial, loadVictim } = await import('../src/index.js')
  const victim = await loadVictim(model)
  const { resume: _, ...chosen } = options
  const context = { source: '--text', progress, signal, epsilons }
  const results: AttackResult[] = []
  await onEngine(victim, options.engine, progress, async (attacked) => {
    const rows = examplesOf(victim, text)
    for await (const result of generateAdversarial(attacked, attack, rows, { ...chosen, ...context })) {
      results.push(result)
    }
  })
  const lines = results.map(
    ({ resultType, reason, originalOutput = '?', perturbedOutput = '?', originalText, perturbedText }) =>
      `${resultType}${reason ? ` (${reason})` : ''}\t${originalOutput} -> ${perturbedOutput}\t${originalText}\t${perturbedText}`,
  )
  return { lines, json: { results } }
}

let definition: AttackDefinition | undefined
await main(command, () => {
  definition = addAttackFlags(command, process.argv.slice(2))
})
