import { expect, it } from 'vitest'
import { shareOf } from '#src/evaluate/statistics/statistics.js'
import { count, epsilonText, gapText, interval, measure, NOTHING, percent } from '#src/report/format.js'

it.each([
  [0, '0'],
  [2, '2'],
  [0.1, '0.1'],
  [1 / 30, '0.0333'],
  [2.5678, '2.57'],
  [12345.6, '12,346'],
  [0.00025, '2.5e-4'],
  [-0.5, '-0.5'],
])('a measure of %d reads %s', (value, text) => {
  expect(measure(value)).toBe(text)
})

it.each([
  [0, '0'],
  [0.15, '0.15'],
  [2, '2'],
  [0.0005, '0.0005'],
  [2e-8, '2e-8'],
  [1.25e-7, '1.25e-7'],
  [200_000, '200000'],
  [1e6, '1e+6'],
])('a tick at epsilon %d reads %s', (epsilon, text) => {
  expect(epsilonText(epsilon)).toBe(text)
})

it.each([null, undefined, Number.NaN, Number.POSITIVE_INFINITY])('%s reads as nothing', (value) => {
  expect([measure(value), count(value), percent(value)]).toEqual([NOTHING, NOTHING, NOTHING])
})

it('writes shares in percent with their interval', () => {
  expect(percent(shareOf(152, 156).share)).toBe('97.4%')
  expect(interval(shareOf(0, 10))).toBe('0.0–27.8')
  expect(interval(shareOf(0, 0))).toBe('')
})

it.each([
  [0, '0%'],
  [0.1523, '15.2%'],
  [40.497, '4,050%'],
  [null, NOTHING],
])('a gap of %s reads %s', (gap, text) => {
  expect(gapText(gap)).toBe(text)
})
