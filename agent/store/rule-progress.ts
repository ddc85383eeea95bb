import { join } from 'node:path';
import { type Static, Type } from 'typebox';
import { Compile } from 'typebox/compile';
import { writeFileAtomic } from './atomic-write.js';
import { readKept } from './read-kept.js';

/** `ROOT/rules.json`: how far rules' ladders are, so that an agent that follows another neither begins them anew nor skips their cooldown. */
const FileSchema = Type.Object({
  version: Type.Literal(1),
  /** Milliseconds since the epoch. */
  writtenAtMs: Type.Number(),
  ladders: Type.Array(
    Type.Object({
      key: Type.String(),
      holder: Type.String(),
      step: Type.Number(),
      nextInMs: Type.Number(),
      cooldownInMs: Type.Number(),
      victim: Type.Union([Type.String(), Type.Null()]),
    }),
  ),
});
export type KeptProgress = Omit<Static<typeof FileSchema>, 'version'>;

const check = Compile(FileSchema);

export class RuleProgressStore {
  readonly #path: string;

  constructor(root: string) {
    this.#path = join(root, 'rules.json');
  }

  /** Survives the agent, killed at any moment. Throws KernelError. */
  write(progress: KeptProgress): void {
    writeFileAtomic(this.#path, JSON.stringify({ version: 1, ...progress }));
  }

  /** What the last agent wrote; undefined: there is none. One that is broken is set aside, and thrown. */
  read(): KeptProgress | undefined {
    return readKept(this.#path, check, 'rules begin anew');
  }
}
