#!/usr/bin/env node
import { z } from 'zod'
import { EvaluateOptions } from '../src/evaluate/evaluate-options.js'
import { commandLine, createCommand, doing, main, required } from './command-line/command.js'
import { EngineFlag, engineJson, useEngine } from './command-line/engine.js'
import { addSchemaFlags, parseFlags } from './command-line/schema-flags.js'
import { statisticsLines } from './command-line/statistics-lines.js'
import { isBorneOut, verdictLines } from './command-line/verdict-lines.js'

const Options = EvaluateOptions.omit({ batchSize: true }).extend({
  engine: EngineFlag,
  force: z.boolean().default(false).describe('write the report over a file that holds something else'),
})

const command = createCommand(
  'evaluate-adversarial',
  'Judges every result row anew with the victim, believing nothing the file says; exit status 1 where a claim is wrong or none can be judged.',
  'evaluate-adversarial flips.csv --model models/reviews --transfer models/other --report report.html',
)
  .argument('<files...>', 'result rows of generate-adversarial')
  .option('--model <DIR>', "the victim's folder")
  .option('--transfer <DIR...>', 'other victims to put the rows before')
  .option('--report <FILE.html>', 'draw a report')
addSchemaFlags(command, Options)

doing(command, async (files, { transfer, report, ...flags }, { progress, signal }) => {
  const { engine, force, ...goal } = parseFlags(Options, flags)
  const model = required(command, flags, 'model')
  const { ensureReportWritable, evaluate, loadVictim, writeReport } = await import('../src/index.js')
  if (typeof report === 'string') await ensureReportWritable(report, force)
  const victim = await loadVictim(model)
  const runtime = await useEngine(engine, progress)
  const others = []
  for (const name of Array.isArray(transfer) ? transfer.map(String) : []) {
    others.push({ name, victim: await loadVictim(name) })
  }
  const reports = []
  for (const file of files) {
    let judged = 0
    progress.start(`judging ${file}`, undefined, 'rows')
    const onRow = () => progress.update(++judged)
    reports.push(await evaluate(victim, file, { ...goal, transfer: others, onRow, signal }))
    progress.stop()
  }
  if (typeof report === 'string') {
    await writeReport(report, files, { victim, judged: reports, commands: [commandLine()], force })
  }
  const lines = []
  for (const [i, each] of reports.entries()) lines.push(...statisticsLines(files[i], each), ...verdictLines(each))
  if (typeof report === 'string') lines.push(report)
  return { lines, json: { ...(await engineJson(runtime)), files: reports }, status: reports.every(isBorneOut) ? 0 : 1 }
})

await main(command)
