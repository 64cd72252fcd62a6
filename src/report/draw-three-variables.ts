import { ensureWritable, writeFileAtomically } from '../base/atomic-files.js'
import { ensureTensorBackend } from '../gradient/tensorflow.js'
import { type ThreeVariables, threeVariables } from '../gradient/three-variables.js'
import { parseOptions } from '../text/parse-options.js'
import { DrawThreeVariablesOptions } from './draw-three-variables-options.js'
import { refuseOtherThanDemonstration } from './own-output.js'

/**
 * Draws what stopGradient does (`threeVariables`) as an SVG file: of three variables in one loss only the first learns;
 * without it, in the control beside, all three move. The TensorFlow.js backend in use computes, or the best there is.
 * @returns what is drawn
 * @throws UserError for an option that is unknown or has no good value, and where the file cannot be written or holds
 *   something else
 */
export async function drawThreeVariables(
  output: string,
  options: DrawThreeVariablesOptions = {},
): Promise<ThreeVariables> {
  const { force, ...chosen } = parseOptions(DrawThreeVariablesOptions, options, 'drawThreeVariables')
  await ensureWritable(output)
  if (!force) await refuseOtherThanDemonstration(output)
  await ensureTensorBackend()
  const runs = threeVariables(chosen)
  // What draws takes longer to load than all the rest together.
  const { stopGradientPlot } = await import('./stop-gradient-plot.js')
  await writeFileAtomically(output, stopGradientPlot(runs))
  return runs
}
