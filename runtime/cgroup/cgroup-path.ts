import { CgroupError } from './errors.js';

/**
 * A cgroup path from outside, checked: absolute, no `.` or `..`, no empty or overlong part, nothing unprintable, not the root.
 * Answers it without a trailing slash; throws CGROUP_PATH_INVALID. It is joined to a mount point as it is, so this is the gate.
 */
export function checkCgroupPath(path: string): string {
  const refuse = (why: string) => new CgroupError('CGROUP_PATH_INVALID', `cgroup path ${JSON.stringify(path)} ${why}`);
  if (!path.startsWith('/')) throw refuse('must be absolute');
  const trimmed = path.replace(/\/+$/, '');
  if (trimmed === '') throw refuse('is the root, which is not a container’s');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  if (/[\x00-\x1f\x7f\\]/.test(trimmed)) throw refuse('has a control character or a backslash');
  for (const part of trimmed.slice(1).split('/')) {
    if (part === '') throw refuse('has an empty part');
    if (part === '.' || part === '..') throw refuse(`must not contain "${part}"`);
    if (Buffer.byteLength(part) > 255) throw refuse('has a part longer than 255 bytes');
  }
  if (Buffer.byteLength(trimmed) > 3000) throw refuse('is too long');
  return trimmed;
}
