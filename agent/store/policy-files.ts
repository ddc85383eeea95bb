import { join } from 'node:path';
import { Type } from 'typebox';
import { Compile } from 'typebox/compile';
import { writeFileDurable } from './durable-write.js';
import { readKept } from './read-kept.js';

/** `ROOT/policy-files.json`: each file of policies.d as it last was good, so that one that is bad when an agent starts is in force as it was. */
const FileSchema = Type.Object({
  version: Type.Literal(1),
  files: Type.Array(Type.Object({ path: Type.String(), text: Type.String() })),
});

const check = Compile(FileSchema);

export class PolicyFilesStore {
  readonly #path: string;
  #written: string | undefined;

  constructor(root: string) {
    this.#path = join(root, 'policy-files.json');
  }

  /** On disk when it returns; the same again is not written again. Throws KernelError. */
  write(texts: ReadonlyMap<string, string>): void {
    const text = JSON.stringify({ version: 1, files: [...texts].map(([path, text]) => ({ path, text })) });
    if (text === this.#written) return;
    writeFileDurable(this.#path, text);
    this.#written = text;
  }

  /** By path, what the last agent wrote. One that is broken is set aside, and thrown. */
  read(): Map<string, string> {
    const kept = readKept(this.#path, check, 'files of policies.d that are bad now have no last good version');
    return new Map((kept?.files ?? []).map(({ path, text }) => [path, text]));
  }
}
