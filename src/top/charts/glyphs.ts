/** Which characters the terminal can show: braille and eighths of blocks, or ASCII alone (no UTF-8 locale, or the kernel's own console). */
export type Glyphs = 'unicode' | 'ascii';

/** Characters from empty to full, one cell high. */
export const RAMP: Readonly<Record<Glyphs, string>> = { unicode: ' ▁▂▃▄▅▆▇█', ascii: ' ._-=+*%#' };

/** Characters from nothing to most, for strips of heat. */
export const SHADES: Readonly<Record<Glyphs, string>> = { unicode: ' ·░▒▓█', ascii: ' .:+*#' };
