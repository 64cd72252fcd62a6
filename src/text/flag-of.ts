/** The flag of an option, as the commands call it: `maxWords` is `--max-words`. */
export const flagOf = (option: string): string =>
  `--${option.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`
