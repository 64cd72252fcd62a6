import { parseHTML } from 'linkedom'
import { describe, expect, it } from 'vitest'
import { shareOf } from '#src/evaluate/statistics/statistics.js'
import { renderReport } from '#src/report/render-report.js'
import { STYLE } from '#src/report/style.js'
import { ALL_HELD, continuous, exampleOf, reportOf, summaryOf } from './report-fixture.js'

const documentOf = (html: string) => parseHTML(html).document
const textOf = (html: string) => documentOf(html).body.textContent ?? ''

describe('the report', async () => {
  const html = await renderReport(reportOf())
  const document = documentOf(html)

  it('is one page that loads nothing and runs nothing', () => {
    expect(html.startsWith('<!doctype html>\n<html lang="en">')).toBe(true)
    expect(document.querySelectorAll('script, link, img, iframe, object, base, form')).toHaveLength(0)
    for (const element of document.querySelectorAll('*')) {
      for (const { name } of element.attributes) expect(name).not.toMatch(/^on|^src|href$/)
    }
    expect(html).not.toMatch(/url\(|@import/)
    expect(html).toContain('Content-Security-Policy')
  })

  it('has its parts', () => {
    expect(Array.from(document.querySelectorAll('h2'), (heading) => heading.textContent)).toEqual([
      'What was attacked, and how',
      'Flips',
      'Against epsilon',
      'Examples',
      'Judged anew',
      'Transfer',
      'The victim was only read',
      'Costs',
      'To make it again',
    ])
    expect(document.querySelector('.lead')?.textContent).toContain('hotflip, flips 152 of the 156 rows')
  })

  it('says the figures of each attack', () => {
    const [, hotflip] = /hotflip<\/th>(<td.*?)<\/tr>/.exec(html.slice(html.indexOf('<h2>Flips')))!
    const cells = [...hotflip.matchAll(/<td data-name="([^"]+)">(.*?)<\/td>/g)].map(([, name, cell]) => [
      name,
      cell.replace(/<[^>]+>/g, ' ').trim(),
    ])
    expect(Object.fromEntries(cells)).toEqual({
      attempted: '156',
      flipped: '152',
      success: '97.4% 93.6–99.0',
      'accuracy before': '78.0% 71.8–83.2',
      'accuracy under attack': '2.0% 0.8–5.0',
      'words changed': '1.42 8.31%',
      L1: '–',
      L2: '2.1',
      'L∞': '–',
      'queries a row': '3.31',
      'gap to the exact optimum': '0%, 0% 151 of 152 at it',
    })
  })

  it('draws a measured curve with its band for each continuous attack, and the bound', () => {
    const plot = document.querySelector('figure > svg')!
    expect(plot.getAttribute('role')).toBe('img')
    expect(plot.getAttribute('aria-label')).toContain('pgd, fgsm')
    for (const drawn of ['line-0', 'line-1', 'band-0', 'band-1', 'plot-bound']) {
      expect(plot.querySelectorAll(`.${drawn} path`).length, drawn).toBeGreaterThan(0)
    }
  })

  it('draws no slanted line between what was measured, nor between points of the bound', () => {
    for (const drawn of ['line-0', 'line-1', 'plot-bound']) {
      const line = document.querySelector(`figure > svg .${drawn} path`)?.getAttribute('d') ?? ''
      const points = [...line.matchAll(/[ML]?([\d.]+),([\d.]+)/g)].map(([, x, y]) => [Number(x), Number(y)])
      expect(points.length, drawn).toBeGreaterThan(3)
      for (const [i, [x, y]] of points.slice(1).entries()) expect(points[i][0] === x || points[i][1] === y).toBe(true)
    }
    expect(textOf(html)).toContain('the markers are what was measured')
  })

  it('says which rows were attempted, by the run', async () => {
    const truth = { label: 'hotflip', summary: summaryOf(3) }
    const prediction = { label: 'pgd', summary: summaryOf(3, { against: 'prediction' }) }
    const page = async (...attacks: (typeof truth)[]) => textOf(await renderReport(reportOf({ attacks })))
    expect(await page(truth)).toContain('Attempted are the rows that were right at first. Success')
    expect(await page(prediction)).toContain('Attempted are the rows that have a known word, right at first or not.')
    const both = await page(truth, prediction)
    expect(both).toContain('Attempted by hotflip are the rows that were right at first. Attempted by pgd are the rows')
  })

  it('draws a plot for each norm', async () => {
    const l2 = continuous('pgd', [5, 50, 90])
    const summary = { ...l2, attack: { ...l2.attack, options: { norm: 'l2' } } }
    const attacks = [
      { label: 'linf', summary: continuous('pgd', [26, 70, 140]) },
      { label: 'l2', summary },
    ]
    expect(documentOf(await renderReport(reportOf({ attacks }))).querySelectorAll('figure')).toHaveLength(2)
  })

  it('strikes what was taken out and shows what was put in, shaded by the gradient', () => {
    const [, example] = document.querySelectorAll('.example')
    expect(Array.from(example.querySelectorAll('del'), (word) => word.textContent)).toEqual(['dull', 'predictable'])
    expect(Array.from(example.querySelectorAll('ins'), (word) => word.textContent)).toEqual(['wonderful', 'touching'])
    expect(example.querySelector('del')?.getAttribute('class')).toBe('holds-4')
    expect(example.querySelector('del')?.getAttribute('title')).toBe('g · v = -0.0310')
    expect(example.querySelector('.against-3')?.textContent).toBe('warmth')
    expect(example.textContent).toContain('|g|\u00a00.0123\u00a0at\u00a0every\u00a0word')
  })

  it('shows a text once for all the attacks that leave it as it is, row by row', async () => {
    const examples = [
      exampleOf('hotflip', 'a dull>fine film', { row: 5 }),
      exampleOf('pgd', 'a dull film', { row: 5 }),
      exampleOf('pgd', 'another film', { row: 2 }),
      exampleOf('fgsm', 'a dull film', { row: 5 }),
    ]
    const rows = documentOf(await renderReport(reportOf({ examples }))).querySelectorAll('article')
    expect(Array.from(rows, (row) => row.querySelector('h3')?.textContent)).toEqual([
      'row 2, truth negative',
      'row 5, truth negative',
    ])
    const attacks = Array.from(rows[1].querySelectorAll('.example'), (text) =>
      Array.from(text.querySelectorAll('b'), (name) => name.textContent),
    )
    expect(attacks).toEqual([['hotflip'], ['pgd', 'fgsm']])
  })

  it('takes a text of 200,000 known words', async () => {
    const { result, gradient } = exampleOf('pgd', 'a dull:-0.5 film')
    const many = Array.from({ length: 200_000 }, () => gradient[0])
    const examples = [{ attack: 'pgd', result, gradient: many }]
    expect(textOf(await renderReport(reportOf({ examples })))).toContain('largest\u00a0|g\u00a0·\u00a0v|\u00a00.5')
  })

  it('says what snapping to words cost', async () => {
    const snapped = continuous('pgd', [26, 70, 140], { snap: true, flipsBeforeSnap: 150 })
    const text = textOf(await renderReport(reportOf({ attacks: [{ label: 'pgd', summary: snapped }] })))
    expect(text).toContain('150 before snapping')
    expect(textOf(html)).not.toContain('before snapping')
  })

  it('says whether the claims held', async () => {
    const firstDifference = { row: 9, column: 'perturbed_output', claimed: 'positive', judged: 'negative' }
    const judged = { unjudged: 4, differing: 1, firstDifference }
    const text = textOf(await renderReport(reportOf({ attacks: [{ label: 'x', summary: summaryOf(3), judged }] })))
    expect(text).toContain('row 9, perturbed_output: claimed positive, judged negative')
  })

  it('shows both hashes and their verdict', async () => {
    const { before } = summaryOf(1).readOnlyProof
    expect(html.split(`<dd><code>${before}</code></dd>`)).toHaveLength(1 + 1 + 2)
    expect(html).toContain('equal: not one bit of the victim moved')
    const moved = summaryOf(1, { readOnlyProof: { before, after: 'f00d' } })
    expect(textOf(await renderReport(reportOf({ attacks: [{ label: 'x', summary: moved }] })))).toContain('NOT equal')
  })

  it('says the settings to make it again', () => {
    expect(textOf(html)).toContain('--attack hotflip --max-words 2 --beam 8 --seed 7')
    expect(textOf(html)).toContain('"candidates": "neighbours"')
  })

  it('reads the same for the same input', async () => {
    expect(await renderReport(reportOf())).toBe(html)
  })
})

describe('nothing to show', () => {
  it('stands no attack, no row and no example, without a NaN', async () => {
    const nobody = shareOf(0, 0)
    const summary = summaryOf(0, {
      rows: 0,
      failed: 0,
      skipped: 0,
      accuracyBefore: nobody,
      accuracyUnderAttack: nobody,
      successRate: nobody,
      forwardsPerRow: null,
      gradientsPerRow: null,
      queriesPerRow: null,
      rowsPerSecond: null,
      seconds: 0,
    })
    for (const attacks of [[], [{ label: 'pgd', summary }]]) {
      const text = textOf(
        await renderReport(reportOf({ attacks, examples: [], transfer: undefined, commands: undefined })),
      )
      expect(text).toContain('No row could be attacked')
      expect(text).not.toMatch(/NaN|undefined|null%|\[object/)
    }
  })

  it('writes no NaN, undefined or object into the whole page', async () => {
    expect(textOf(await renderReport(reportOf())).replace(/"[^"]*": null/g, '')).not.toMatch(/NaN|undefined|\[object/)
  })
})

describe('texts of strangers', () => {
  const HOSTILE = `</style></title></svg><script>alert("1")</script><img src=x onerror='alert(2)'>"'&amp;`

  function hostileReport() {
    const curved = continuous('pgd', [26, 70, 140], {
      source: HOSTILE,
      target: HOSTILE,
      goal: 'targeted',
      backend: HOSTILE,
      versions: { [HOSTILE]: HOSTILE },
      readOnlyProof: { before: HOSTILE, after: HOSTILE },
      victim: { kind: HOSTILE, labels: 2, vocabulary: 3, dimensions: 4, folder: HOSTILE, sha256: HOSTILE },
    })
    const attack = { name: HOSTILE, kind: 'continuous' as const, options: { norm: HOSTILE, [HOSTILE]: HOSTILE } }
    const { result, gradient } = exampleOf(HOSTILE, `${HOSTILE.replaceAll(/[\s>:]/g, '')}:1 b`)
    const texts = {
      originalText: HOSTILE,
      perturbedText: `[[${HOSTILE}]]`,
      originalOutput: HOSTILE,
      perturbedOutput: HOSTILE,
    }
    const firstDifference = { row: 1, column: HOSTILE, claimed: HOSTILE, judged: HOSTILE }
    const judged = { ...ALL_HELD, differing: 1, firstDifference }
    return renderReport({
      title: HOSTILE,
      attacks: [{ label: HOSTILE, summary: { ...curved, attack }, judged }],
      examples: [
        { attack: HOSTILE, result: { ...result, ...texts }, gradient },
        {
          attack: HOSTILE,
          result: { ...result, row: 2, originalText: `[[${HOSTILE}]]`, perturbedText: `[[${HOSTILE}]]` },
        },
      ],
      transfer: { victims: [HOSTILE], rows: [{ attack: HOSTILE, flips: [shareOf(1, 2)] }] },
      commands: [HOSTILE],
    })
  }

  it('make no element and no attribute, in text, attributes and drawings', async () => {
    const html = await hostileReport()
    // A tag begins with a less-than sign: no stranger's is left, wherever it stands.
    expect(html).not.toMatch(/<script|<img/i)
    expect(html.match(/<\/(style|title|svg)>/g)?.sort()).toEqual(['</style>', '</svg>', '</svg>', '</svg>', '</title>'])
    const document = documentOf(html)
    expect(document.querySelectorAll('script, img, [onerror], [src]')).toHaveLength(0)
  })

  it('read as they were written', async () => {
    const document = documentOf(await hostileReport())
    expect(document.querySelector('h1')?.textContent).toBe(HOSTILE)
    expect(document.querySelector('.example ins')?.textContent).toBe(HOSTILE)
    expect(document.querySelector('figure > svg')?.getAttribute('aria-label')).toContain(HOSTILE)
    expect(document.querySelector('.figures.compact td')?.getAttribute('data-name')).toBe(HOSTILE)
  })

  it('leave the style sheet alone, which has nothing to escape', async () => {
    expect(STYLE).not.toMatch(/["&<]/)
    expect(await hostileReport()).toContain(`<style>${STYLE}</style>`)
  })
})
