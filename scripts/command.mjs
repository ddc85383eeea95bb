import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';
import { Trouble } from './say.mjs';

/** The project's root directory. */
export const ROOT = join(import.meta.dirname, '..');

/** Runs a command in the foreground with our stdio; throws Trouble naming it when it fails. */
export function run(command, args, options = {}) {
  const result = spawnSync(command, args, { cwd: ROOT, stdio: ['ignore', 2, 2], ...options });
  if (result.error) throw new Trouble(`${command}: ${result.error.message}`);
  if (result.status !== 0) {
    throw new Trouble(`${[command, ...args].join(' ')} failed with ${result.signal ?? `exit code ${result.status}`}`);
  }
}

/** The command's stdout, or undefined when it fails or does not exist. */
export function output(command, args) {
  const result = spawnSync(command, args, { cwd: ROOT, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  return result.status === 0 ? result.stdout : undefined;
}

/** The path of an executable on PATH (and the sbin directories), or undefined. */
export function which(name) {
  for (const dir of `${process.env.PATH ?? ''}:/usr/sbin:/sbin`.split(':')) {
    try {
      accessSync(join(dir, name), constants.X_OK);
      return join(dir, name);
    } catch {
      // not there: the next directory
    }
  }
  return undefined;
}
