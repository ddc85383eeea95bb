import { readFileSync } from 'node:fs';
import { AgentError } from '#agent/contract/errors.js';
import type { Setting } from '#agent/node/read-settings.js';
import { closest } from '#src/cli/flags/closest.js';
import type { FlagSpec, FlagTable } from '#src/cli/flags/flag.js';
import { wantedOf } from '#src/cli/flags/parse-flags.js';
import { GLOBAL_FLAGS } from '#src/cli/globals.js';
import { AGENT_FLAGS } from './agent-flags.js';

const { root, state, 'cgroup-parent': cgroupParent, listen, 'token-file': tokenFile } = GLOBAL_FLAGS;

/** What the settings file may say: the agent's flags, by their names. */
export const SETTINGS: FlagTable = {
  root,
  state,
  'cgroup-parent': cgroupParent,
  listen,
  'token-file': tokenFile,
  ...AGENT_FLAGS,
};

/** Keys that are paths: the agent's directory is not that of who starts it. */
export const PATH_SETTINGS = ['root', 'state', 'policies-dir', 'token-file', 'tls-cert', 'tls-key'];

/** Not there; or a directory with keys in it, which only root may enter. */
const NOT_FOR_US = ['ENOENT', 'EACCES'];

/**
 * What a settings file says, as the variables that would say the same; nothing when the file of the default path is not there, or not
 * for this user to read. Throws CONFIG_INVALID with file, line, column, key and what would be valid for all that is wrong in it.
 */
export async function readConfig(path: string, named: boolean): Promise<Readonly<Record<string, string>>> {
  const text = textOf(path, named);
  if (text === undefined) return {};
  const { readSettings } = await import('#agent/node/read-settings.js');
  const settings = readSettings(text, path);
  const faults = settings.flatMap((setting) => faultOf(setting) ?? []);
  if (faults.length > 0) throw new AgentError('CONFIG_INVALID', faults.join('\n'));
  return Object.fromEntries(settings.map(({ key, words }) => [variableOf(key), words.join(',')]));
}

/** The variable that says the same as a flag. */
export function variableOf(flag: string): string {
  return `TSGOV_${flag.replaceAll('-', '_').toUpperCase()}`;
}

function textOf(path: string, named: boolean): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (!named && NOT_FOR_US.includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw new AgentError('CONFIG_INVALID', `settings: ${(error as Error).message}`);
  }
}

function faultOf({ key, words, isList, keyAt, at }: Setting): string | undefined {
  const spec: FlagSpec | undefined = Object.hasOwn(SETTINGS, key) ? SETTINGS[key] : undefined;
  if (spec === undefined) {
    const near = closest(key, Object.keys(SETTINGS));
    return `${keyAt}: ${JSON.stringify(key)} is no setting${near === undefined ? '' : `; did you mean ${near}?`}`;
  }
  if (isList && spec.type !== 'list') return `${at}: ${key}: this is a list; want one value`;
  for (const word of words) {
    const wanted =
      word === '' ? 'a value' : PATH_SETTINGS.includes(key) && !word.startsWith('/') ? 'an absolute path' : wantedOf(spec, word);
    if (wanted !== undefined) return `${at}: ${key}: ${JSON.stringify(word)}; want ${wanted}`;
  }
  return undefined;
}
