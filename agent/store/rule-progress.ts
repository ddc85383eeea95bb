import { readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { type Static, Type } from 'typebox';
import { Compile } from 'typebox/compile';
import { writeFileAtomic } from './atomic-write.js';

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
    let text: string;
    try {
      text = readFileSync(this.#path, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
    try {
      const value: unknown = JSON.parse(text);
      if (check.Check(value)) return value;
      throw new Error('it is not what tsgov writes');
    } catch (error) {
      renameSync(this.#path, `${this.#path}.broken`);
      throw new Error(`${this.#path} was set aside as .broken, rules begin anew: ${(error as Error).message}`);
    }
  }
}
