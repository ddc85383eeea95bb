import { join } from 'node:path';
import { at, list, readJson, texts } from './read-files.js';

/** What an OCI bundle's config.json says of its container. */
export interface Bundle {
  annotations: Record<string, string>;
  args: string[] | undefined;
  cgroupsPath: string | undefined;
}

/** Reads `DIR/config.json`; undefined: there is none. Source: runtime-spec config.md. */
export function readBundle(dir: string): Bundle | undefined {
  const config = readJson(join(dir, 'config.json'));
  if (config === undefined) return undefined;
  const cgroupsPath = at(config, 'linux', 'cgroupsPath');
  return {
    annotations: texts(at(config, 'annotations')),
    args: list(at(config, 'process', 'args')),
    cgroupsPath: typeof cgroupsPath === 'string' ? cgroupsPath : undefined,
  };
}

/** The value after a flag of a command line; undefined: it has none. */
export function argument(args: readonly string[], ...flags: readonly string[]): string | undefined {
  const index = args.findIndex((arg) => flags.includes(arg));
  return index < 0 ? undefined : args[index + 1];
}
