#!/usr/bin/env node
import { z } from 'zod'
import type { AttackDefinition } from '../src/attacks/attack.js'
import { attackDefinitions } from '../src/attacks/index.js'
import { GenerateOptions } from '../src/evaluate/generate-options.js'
import type { AttackResult } from '../src/evaluate/result.js'
import { addAttackFlags, attackExample, attackFromFlags, attackLines } from './command-line/attack-flags.js'
import { columnFlags } from './command-line/column-flags.js'
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

/** What concerns the files alone. */
const FileOptions = z.strictObject({
  ...columnFlags,
  savePerturbations: z.boolean().default(false).describe('save the change of each embedded input beside the rows'),
  resume: z.boolean().default(false).describe('go on with what an interrupted run left'),
  force: z
    .boolean()
    .default(false)
    .describe('write over results that stand there, an interrupted run, or something else'),
})
const AttackOptions = GenerateOptions.omit({ epsilons: true })
const EngineOption = z.strictObject({ engine: VictimEngineFlag })

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
for (const schema of [AttackOptions, FileOptions, EngineOption]) addSchemaFlags(command, schema)

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
  const task: Task = {
    ...attackFromFlags(definition, rest),
    model,
    ...parseFlags(EngineOption, rest),
    options: parseFlags(AttackOptions, rest),
    files: parseFlags(FileOptions, rest),
    labelsNamed: rest.labelColumn !== undefined,
  }
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
  readonly engine: z.output<typeof VictimEngineFlag>
  readonly options: z.output<typeof AttackOptions>
  readonly files: z.output<typeof FileOptions>
  /** Whether --label-column is given. */
  readonly labelsNamed: boolean
}

async function attackRows(
  rows: string,
  output: string,
  report: string | undefined,
  { attack, epsilons, model, engine, options, files, labelsNamed }: Task,
  { progress, signal }: CommandContext,
): Promise<CommandResult> {
  const { textColumn, labelColumn, force, ...writing } = files
  const { attackToFile, ensureReportWritable, loadVictim, readExamples, readModelName, writeReport } = await import(
    '../src/index.js'
  )
  if (report !== undefined) await ensureReportWritable(report, force)
  const victim = await loadVictim(model)
  const examples = readExamples(victim, rows, {
    textColumn,
    labelColumn,
    labelRequired: false,
    labelColumnRequired: labelsNamed,
    onNoLabelColumn: () => progress.note(`${rows}: no column ${labelColumn}; the model's own predictions are attacked`),
  })
  const context = { source: rows, model: await readModelName(model), progress, signal }
  const summary = await onEngine(victim, engine, progress, (attacked) =>
    attackToFile(attacked, attack, examples, output, { ...options, ...writing, ...context, epsilons, force }),
  )
  if (report !== undefined) await writeReport(report, [output], { victim, commands: [commandLine()], force })
  const snapped =
    summary.flipsBeforeSnap === null
      ? []
      : [`${summary.flipsBeforeSnap} flipped before they were brought back to words`]
  const written = report === undefined ? [output] : [output, report]
  return { lines: [...statisticsLines(attack.name, summary), ...snapped, ...written], json: summary }
}

async function attackText(
  text: string,
  { attack, epsilons, model, engine, options }: Task,
  { progress, signal }: CommandContext,
): Promise<CommandResult> {
  const { examplesOf, generateAdversarial, loadVictim } = await import('../src/index.js')
  const victim = await loadVictim(model)
  const context = { source: '--text', progress, signal, epsilons }
  const results: AttackResult[] = []
  await onEngine(victim, engine, progress, async (attacked) => {
    const rows = examplesOf(victim, text)
    for await (const result of generateAdversarial(attacked, attack, rows, { ...options, ...context })) {
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
