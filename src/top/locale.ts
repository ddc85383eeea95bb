import type { Glyphs } from './charts/glyphs.js';

/** Whether this terminal can show more than ASCII: by the locale (LC_ALL, LC_CTYPE, LANG; setlocale(3)), and the kernel's console cannot. */
export function glyphsOf(env: NodeJS.ProcessEnv): Glyphs {
  if (env.TERM === 'linux' || env.TERM === 'dumb') return 'ascii';
  const locale = env.LC_ALL || env.LC_CTYPE || env.LANG || '';
  return /utf-?8/i.test(locale) ? 'unicode' : 'ascii';
}
