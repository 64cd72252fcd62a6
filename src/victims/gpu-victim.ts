import type { NamedTensorMap, Tensor2D, Tensor3D } from '@tensorflow/tfjs-core'
import { z } from 'zod'
import { UserError } from '../base/errors.js'
import type { Embeddings } from '../embeddings/embeddings.js'
import { OBJECTIVES, type Objective } from '../gradient/objective.js'
import { hashVictim } from '../gradient/proof.js'
import type { EmbeddedBatch, EncodedText, LinearForm, Parameter, Victim, VictimKind } from '../gradient/victim.js'
import { Gpu } from '../kernels/cuda/gpu.js'
import { type HeldTexts, LinearCuda, MOST_BEST, type TextRows } from '../kernels/cuda/linear-cuda.js'
import type { RankedRows } from '../kernels/cuda/ranked-rows.js'
import { MOST_DIMENSIONS } from '../kernels/cuda/rows.js'
import { parseOptions } from '../text/parse-options.js'
import { GpuEngine } from './gpu-engine.js'
import { packTexts } from './gpu-texts.js'

/** Texts as numbers of words, each with the label whose loss is wanted (or which is to be left). */
export interface GpuTexts {
  /** [B], each with at least one word. */
  readonly ids: readonly ArrayLike<number>[]
  /** [B]. */
  readonly labels: ArrayLike<number>
}

const PgdOptions = z.strictObject({
  norm: z.enum(['l2', 'linf']),
  /** Radius of the ball around the embedded text, all positions jointly. */
  epsilon: z.number().nonnegative(),
  steps: z.int().positive().default(40),
  /** Length of a step as a share of epsilon; 2.5 / steps, and at most 1, unless given. */
  stepSize: z.number().nonnegative().optional(),
  objective: z.enum(OBJECTIVES).default('margin'),
})
/** Projected gradient steps from the text itself. */
export type GpuPgd = z.input<typeof PgdOptions>

/** What PGD found. */
export interface GpuPgdResult {
  /** [B]: the highest other logit less the label's; above 0 the label is left. */
  readonly margin: Float32Array
  /** [B, D]: what is added to each of a text's embedded words. */
  readonly delta: Float32Array
}

/** Texts that are on the GPU at one time. */
const MOST_TEXTS = 2 ** 20

/**
 * A victim with linear logits on a GPU. It is a victim as any other: attacks and gradient reads take their logits,
 * gradients and best words from the GPU. For data sets of millions of rows it has its own ways: word numbers go in, and
 * all positions of a text have one gradient, so that a row of D numbers comes out for each. In float32, where the CPU
 * sums in float64 what decides. The victim is copied as it is, and only read: after a change of its parameters open it
 * anew, a run refuses the old copy. Close it: the GPU's memory is not the garbage collector's.
 */
export class GpuVictim implements Victim {
  readonly kind: VictimKind
  readonly labels: readonly string[]
  readonly embeddings: Embeddings
  readonly parameters: ReadonlyMap<string, Parameter>
  readonly engine: GpuEngine
  readonly #victim: Victim
  readonly #gpu: Gpu
  readonly #linear: LinearCuda

  private constructor(victim: Victim, gpu: Gpu, linear: LinearCuda) {
    this.kind = victim.kind
    this.labels = victim.labels
    this.embeddings = victim.embeddings
    this.parameters = victim.parameters
    this.engine = new GpuEngine(linear, gpu.name, hashVictim(this).total)
    this.#victim = victim
    this.#gpu = gpu
    this.#linear = linear
  }

  /** @throws UserError when the victim is not linear or too wide, or there is no GPU that can do it */
  static async open(victim: Victim): Promise<GpuVictim> {
    const { linear, embeddings } = victim
    if (!linear) throw new UserError(`a victim of kind ${victim.kind} has no closed gradient; take the CPU for it`)
    if (embeddings.dimensions > MOST_DIMENSIONS) {
      throw new UserError(
        `the GPU takes at most ${MOST_DIMENSIONS} dimensions, the victim has ${embeddings.dimensions}`,
      )
    }
    const gpu = await Gpu.open('attacks')
    try {
      const parts = { ...linear, embeddings: embeddings.vectors, dimensions: embeddings.dimensions }
      return new GpuVictim(victim, gpu, new LinearCuda(gpu, parts))
    } catch (error) {
      gpu.close()
      throw error
    }
  }

  /**
   * The loss of each text at its label, and the gradient with respect to each of its embedded words: dL / d v_i =
   * a U^T dL/dz with a = 1/C for a mean and 1 for a sum, the same for all i.
   * @throws UserError naming a text without words, or with a word or label that is not the victim's
   */
  readGradients(texts: GpuTexts, objective: Objective = 'cross-entropy'): Promise<TextRows> {
    return this.#forAll(texts, (held) => this.#linear.readGradients(held, objective))
  }

  /**
   * PGD (Madry et al. 2018, section 2.1) without restarts. A text's walk ends once its label is left; where it never is,
   * the iterate of the highest loss is kept.
   * @throws UserError as {@link readGradients}
   * @throws UserError for an option that is unknown or has no good value
   */
  async pgd(texts: GpuTexts, options: GpuPgd): Promise<GpuPgdResult> {
    const { norm, epsilon, steps, stepSize, objective } = parseOptions(PgdOptions, options, 'GpuVictim.pgd')
    const stepLength = epsilon * (stepSize ?? Math.min(1, 2.5 / steps))
    const climb = { norm, epsilon, steps, stepLength, objective }
    const { loss, rows } = await this.#forAll(texts, (held) => this.#linear.climb(held, climb))
    return { margin: loss, delta: rows }
  }

  /**
   * The words with the highest first-order scores g · v_w against the whole vocabulary (HotFlip's, Ebrahimi et al. 2018).
   * @param gradients [B, D]
   * @param count at most 32, and V
   * @throws UserError for another count, or gradients of another length
   */
  async bestWords(gradients: Float32Array, count: number): Promise<RankedRows> {
    const most = Math.min(MOST_BEST, this.#victim.embeddings.vocabulary.size)
    if (!Number.isInteger(count) || count < 1 || count > most) {
      throw new UserError(`count ${count}: 1 to ${most} words can be ranked`)
    }
    const D = this.embeddings.dimensions
    if (gradients.length % D !== 0) {
      throw new UserError(`gradients: ${gradients.length} values, a multiple of ${D} is needed`)
    }
    return this.#linear.bestWords(gradients, count)
  }

  /** The GPU's name. */
  get gpu(): string {
    return this.#gpu.name
  }

  get linear(): LinearForm | undefined {
    return this.#victim.linear
  }

  encode(text: string): EncodedText {
    return this.#victim.encode(text)
  }

  get readsAlone(): Victim['readsAlone'] {
    return this.#victim.readsAlone
  }

  logits(batch: EmbeddedBatch): Float32Array {
    return this.engine.logits(batch)
  }

  /** On TensorFlow's tape, not on this GPU. */
  tensorLogits(embedded: Tensor3D, mask: Tensor2D, parameters: NamedTensorMap): Tensor2D {
    return this.#victim.tensorLogits(embedded, mask, parameters)
  }

  /** Frees the GPU's memory. */
  close(): void {
    this.#gpu.close()
  }

  async #forAll({ ids, labels }: GpuTexts, run: (held: HeldTexts) => Promise<void>): Promise<TextRows> {
    this.#check(ids, labels)
    const D = this.#victim.embeddings.dimensions
    const all = { loss: new Float32Array(ids.length), rows: new Float32Array(ids.length * D) }
    for (let first = 0; first < ids.length; first += MOST_TEXTS) {
      const some = ids.slice(first, first + MOST_TEXTS)
      const held = this.#linear.hold(
        packTexts(
          some,
          some.map((_, i) => labels[first + i]),
        ),
      )
      try {
        await run(held)
        const { loss, rows } = this.#linear.answers(held)
        all.loss.set(loss, first)
        all.rows.set(rows, first * D)
      } finally {
        this.#linear.release(held)
      }
    }
    return all
  }

  #check(ids: GpuTexts['ids'], labels: GpuTexts['labels']): void {
    const { size } = this.#victim.embeddings.vocabulary
    const K = this.#victim.labels.length
    ids.forEach((words, b) => {
      if (words.length === 0) throw new UserError(`texts[${b}]: no known word`)
      if (!isBelow(K, labels[b])) throw new UserError(`texts[${b}]: no label ${labels[b]}; there are ${K}`)
      for (let i = 0; i < words.length; i++) {
        if (!isBelow(size, words[i])) {
          throw new UserError(`texts[${b}]: no word has the number ${words[i]}; there are ${size}`)
        }
      }
    })
  }
}

const isBelow = (count: number, value: number) => Number.isInteger(value) && value >= 0 && value < count
