import type { TapeBuilder } from './compile-builder.js';
import { FSCONFIG } from './kernel-words.js';

export interface NewFilesystem {
  type: string;
  source: string | undefined;
  /** Of the filesystem itself: `ro`, `sync`. */
  flags: readonly string[];
  data: readonly { key: string; value: string | undefined }[];
  /** MOUNT_ATTR_* of the mount. */
  attributes: number;
}

/** fsopen, fsconfig, fsmount: a new filesystem, mounted nowhere yet, in the slot returned. */
export function makeFilesystem(tape: TapeBuilder, origin: string, filesystem: NewFilesystem): number {
  const { type, source, flags, data, attributes } = filesystem;
  const fs = tape.slot(origin);
  tape.add(origin, { op: 'fsopen', type, out: fs });
  const set = (key: string, value: string | undefined): void => {
    const cmd = value === undefined ? FSCONFIG.SET_FLAG : FSCONFIG.SET_STRING;
    tape.add(origin, { op: 'fsconfig', fs, cmd, key, value });
  };
  if (source) set('source', source);
  for (const flag of flags) set(flag, undefined);
  for (const { key, value } of data) set(key, value);
  tape.add(origin, { op: 'fsconfig', fs, cmd: FSCONFIG.CMD_CREATE, key: undefined, value: undefined });
  const out = tape.slot(origin);
  tape.add(origin, { op: 'fsmount', fs, attrs: attributes, out });
  tape.close(origin, fs);
  return out;
}
