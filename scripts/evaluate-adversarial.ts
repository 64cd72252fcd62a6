#!/usr/bin/env node
import { z } from 'zod'
import { commandLine, createCommand, doing, main, required } from './command-line/command.js'
import { EngineFlag, useEngine } from './command-line/engine.js'
import { addSchemaFlags, parseFlags } from './command-line/schema-flags.js'
import { statisticsLines } from './command-line/statistics-lines.js'

const Options = z.object({
  goal: z.enum(['untargeted', 'targeted']).optional().describe("what the rows were attacked for (the summary's)"),
  target: z.string().optional().describe('the label that was to be reached'),
  against: z.enum(['prediction', 'truth']).optional().describe('which label was under attack'),
  engine: EngineFlag,
  force: z.boolean().default(false).describe('write the report over a file that holds something else'),
})

const command = createCommand(
  'evaluate-adversarial',
  'Judges every result row anew with the victim, believing nothing the file says; exit status 1 where a claim is wrong.',
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
  const { evaluate, loadVictim, refuseOtherThanReport, reportOnFiles, transferOfEvaluations, writeFileAtomically } =
    await import('../src/index.js')
  if (typeof report === 'string' && !force) await refuseOtherThanReport(report)
  const victim = await loadVictim(model)
  await useEngine(engine, progress)
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
    const page = await reportOnFiles(files, victim, {
      judged: reports,
      transfer: transferOfEvaluations(reports),
      commands: [commandLine()],
    })
    await writeFileAtomically(report, page)
  }
  const lines = reports.flatMap((each, i) => [
    ...statisticsLines(files[i], each),
    ...each.transfer.map((to) => `on ${to.victim}: ${to.flips.count} of ${to.flips.of} flip it too`),
    each.unjudged > 0 ? `${each.unjudged} rows without a saved perturbation could not be judged` : '',
    each.firstDifference === null
      ? 'every claim holds'
      : `${each.differing} rows claim what does not hold, the first is row ${each.firstDifference.row}`,
  ])
  return {
    lines: lines.filter((line) => line !== ''),
    json: { files: reports },
    status: reports.some(({ differing }) => differing > 0) ? 1 : 0,
  }
})

await main(command)
