import { resolve } from 'node:path';
import type { CreateBody } from '#agent/contract/create.js';
import { UsageError } from '#src/cli/flags/usage-error.js';

type MountInput = NonNullable<CreateBody['mounts']>[number];

/**
 * `-v HOST-PATH:PATH[:OPTIONS]` as a bind mount. A path that starts with `.` is relative to `cwd`. Throws UsageError on a named
 * volume, an anonymous one, or a target that is not absolute.
 */
export function volumeMount(text: string, cwd: string): MountInput {
  const wrong = (reason: string) => new UsageError(`invalid argument ${JSON.stringify(text)} for "-v, --volume" flag: ${reason}`);
  const [source = '', target, options, ...more] = text.split(':');
  if (more.length > 0) throw wrong('too many colons: want HOST-PATH:PATH[:OPTIONS]; --mount takes paths with colons');
  if (target === undefined || target === '') throw wrong('want HOST-PATH:PATH[:OPTIONS]');
  if (source === '') throw wrong('the host path is empty');
  if (!/^[./~]/.test(source))
    throw wrong(`there are no named volumes: for a directory write ./${source}:${target} or an absolute path`);
  if (!target.startsWith('/')) throw wrong('the path in the container must be absolute');
  const words = (options ?? '').split(',').filter((option) => option !== '');
  const mount: MountInput = { type: 'bind', source: resolve(cwd, source), target };
  return words.length === 0 ? mount : { ...mount, options: words };
}
