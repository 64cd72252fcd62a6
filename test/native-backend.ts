import { existsSync } from 'node:fs'
import { bindingFile, tfjsNodeFolder } from '#src/gradient/native-binding.js'

/** Says once, before the tests, that those on TensorFlow's own library will be skipped, where it is not there. */
export default function sayWhatIsSkipped(): void {
  const folder = tfjsNodeFolder()
  if (folder !== undefined && existsSync(bindingFile(folder))) return
  process.stdout.write(
    "\nTensorFlow's own library is not there: its tests are SKIPPED. `npm run setup:tensorflow -- --cpu` brings it.\n",
  )
}
