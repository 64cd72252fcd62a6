// Times the three ways of keeping a parameter from learning, in turns, on one loss.
import * as tf from '@tensorflow/tfjs-core'
import { z } from 'zod'
import { CounterStream, Purpose } from '../../src/base/random.js'
import { stopGradient } from '../../src/gradient/stop-gradient.js'
import { createCommand, doing } from '../command-line/command.js'
import { EngineFlag, useEngine } from '../command-line/engine.js'
import { addSchemaFlags, parseFlags } from '../command-line/schema-flags.js'
import { median } from './median.js'

const Options = z.object({
  engine: EngineFlag,
  rounds: z.int().min(1).default(15).describe('times each way is taken, in turns, after one that is not counted'),
  size: z.int().min(1).default(256).describe('rows and columns of each matrix'),
})

export const stopGradientBenchmark = createCommand(
  'stop-gradient',
  'Times a gradient step of mean((x A - tanh(x B))^2) by which only A learns, in three ways, and one by which both do.',
  'npm run benchmark -- stop-gradient --engine wasm',
)
doing(addSchemaFlags(stopGradientBenchmark, Options), async (_, flags, { progress }) => {
  const { engine, rounds, size } = parseFlags(Options, flags)
  const { description } = await useEngine(engine, progress)
  const [x, A, B] = [0, 1, 2].map((index) => tf.variable(matrix(index, size)))
  const goal = () => tf.tanh(tf.matMul(x, B))
  const loss = (target: tf.Tensor) => tf.mean<tf.Scalar>(tf.square(tf.sub(tf.matMul(x, A), target)))
  const outside = goal()
  const ways = [
    { name: 'both learn', step: () => tf.variableGrads(() => loss(goal()), [A, B]) },
    { name: 'stopGradient around x B', step: () => tf.variableGrads(() => loss(stopGradient(goal())), [A, B]) },
    { name: 'a list of variables: A', step: () => tf.variableGrads(() => loss(goal()), [A]) },
    { name: 'x B computed outside, each step', step: () => stepWith(goal()) },
    { name: 'x B computed outside, once', step: () => tf.variableGrads(() => loss(outside), [A]) },
  ].map((way) => ({ ...way, milliseconds: [] as number[] }))
  function stepWith(target: tf.Tensor) {
    const read = tf.variableGrads(() => loss(target), [A])
    target.dispose()
    return read
  }
  for (let round = 0; round <= rounds; round++) {
    for (const { step, milliseconds } of round % 2 === 0 ? ways : [...ways].reverse()) {
      const cpu = process.cpuUsage()
      const { value, grads } = step()
      value.dataSync()
      for (const gradient of Object.values(grads)) gradient.dataSync()
      const { user, system } = process.cpuUsage(cpu)
      tf.dispose([value, grads])
      if (round > 0) milliseconds.push((user + system) / 1000)
    }
  }
  const [first] = ways
  const table = ways.map(({ name, milliseconds }) => ({
    name,
    milliseconds: median(milliseconds),
    ratio: median(milliseconds.map((value, i) => value / first.milliseconds[i])),
  }))
  return {
    lines: [
      '| way | CPU ms a step | times the first |',
      '|---|---|---|',
      ...table.map((row) => `| ${row.name} | ${row.milliseconds.toPrecision(3)} | ${row.ratio.toFixed(2)} |`),
      '',
      `${size} x ${size} each; ${description}; medians of ${rounds} rounds.`,
    ],
    json: { engine: description, size, rounds, table },
  }
})

function matrix(index: number, size: number): tf.Tensor2D {
  const draws = new CounterStream(1, Purpose.Demonstration, index)
  return tf.tensor2d(
    Float32Array.from({ length: size * size }, () => draws.normal() / Math.sqrt(size)),
    [size, size],
  )
}
