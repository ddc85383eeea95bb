import { bashScript } from './bash.js';
import { fishScript } from './fish.js';
import type { completionModel } from './model.js';
import { zshScript } from './zsh.js';

export type Model = Awaited<ReturnType<typeof completionModel>>;

/** Shell → its completion script. */
export const SHELLS: ReadonlyMap<string, (model: Model) => string> = new Map([
  ['bash', bashScript],
  ['zsh', zshScript],
  ['fish', fishScript],
]);
