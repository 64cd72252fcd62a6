import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Shell scripts in the place of pip and the compiler, on a PATH of their own. */
export function fakePrograms(folder: string, programs: Readonly<Record<string, string>>): { PATH: string } {
  mkdirSync(folder, { recursive: true })
  for (const [name, script] of Object.entries(programs)) {
    const file = join(folder, name)
    writeFileSync(file, `#!/bin/sh\ncase "$*" in *--version*) exit 0;; esac\n${script}\n`)
    chmodSync(file, 0o755)
  }
  return { PATH: folder }
}

/** A program that says something on stderr and fails. */
export const complaining = (said: string): string => `echo '${said.replaceAll("'", "'\\''")}' >&2; exit 1`

/** Unpacks a TensorFlow of a few bytes into the folder that pip is told. */
export const FAKE_PIP = `
while [ "$1" != --target ]; do shift; done
echo "$*" > "$2/../pip-arguments"
/bin/mkdir -p "$2/tensorflow/include/tensorflow/c/eager"
echo library > "$2/tensorflow/libtensorflow_cc.so.2"
echo framework > "$2/tensorflow/libtensorflow_framework.so.2"
: > "$2/tensorflow/include/tensorflow/c/eager/c_api.h"`

/** Writes what it is told to compile into the file that it is told to make. */
export const FAKE_COMPILER = `
all="$*"
while [ "$1" != -o ]; do shift; done
echo "$all" > "$2"`
