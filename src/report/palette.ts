/** Colours of one scheme. Every text colour reaches a contrast of 4.5 on `surface` (WCAG 2.2, AA); a test computes it. */
export interface Palette {
  readonly surface: string
  readonly ink: string
  readonly muted: string
  readonly rule: string
  /** What an attack took away and what it put in. */
  readonly removed: string
  readonly inserted: string
  /** Lines and their labels, told apart by dash and place too. */
  readonly series: readonly string[]
  /** Backgrounds of words from weight 0 to the largest, for words that hold the label and for words against it. */
  readonly holds: readonly string[]
  readonly against: readonly string[]
}

export const LIGHT: Palette = {
  surface: '#ffffff',
  ink: '#1b1f24',
  muted: '#5a636e',
  rule: '#d5dae0',
  removed: '#8f1c06',
  inserted: '#0a5f38',
  series: ['#1f5fa8', '#b4500b', '#0b7265', '#8a3f94', '#6b6413', '#b02a5b'],
  holds: ['#ffffff', '#eaf2fb', '#d3e4f6', '#b9d4f0', '#9cc1e8'],
  against: ['#ffffff', '#fdf0e3', '#fbdfc3', '#f8cca0', '#f3b57b'],
}

export const DARK: Palette = {
  surface: '#15181c',
  ink: '#e6e9ed',
  muted: '#9aa4af',
  rule: '#343b43',
  removed: '#ffb19c',
  inserted: '#74d3a2',
  series: ['#7db4f0', '#f2a266', '#58c7b4', '#d39be0', '#cdc45c', '#f48fb1'],
  holds: ['#15181c', '#192838', '#1d364f', '#214466', '#254f78'],
  against: ['#15181c', '#2d2319', '#462f1a', '#603b1a', '#734317'],
}
