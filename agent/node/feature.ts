import { existsSync, readFileSync } from 'node:fs';
import type { HostFeature } from '#agent/contract/node.js';

/** What a feature is, and what to say when the host lacks it. */
export interface FeatureText {
  name: string;
  group: string;
  /** Without it nothing runs. */
  essential?: true;
  cost: string;
  remedy: string;
}

export function ok(text: FeatureText, detail: string): HostFeature {
  return { name: text.name, group: text.group, status: 'ok', detail, essential: text.essential === true, cost: '', remedy: '' };
}

export function missing(text: FeatureText, detail: string): HostFeature {
  return { ...ok(text, detail), status: 'missing', cost: text.cost, remedy: text.remedy };
}

export function degraded(text: FeatureText, detail: string): HostFeature {
  return { ...missing(text, detail), status: 'degraded' };
}

/** Of a call that answers undefined or an errno's name. */
export function tried(text: FeatureText, call: string, refusal: string | undefined): HostFeature {
  if (refusal === undefined) return ok(text, `${call} works`);
  const why = WHY[refusal];
  return missing(text, `${call}: ${refusal}${why === undefined ? '' : ` (${why})`}`);
}

const WHY: Readonly<Record<string, string>> = {
  ENOSYS: 'the kernel does not have it, or a seccomp filter hides it',
  EPERM: 'not allowed: a capability lacks, or a seccomp filter or lockdown refuses',
  EINVAL: 'the kernel does not know it',
};

/** The text of a file, undefined when there is none or it cannot be read on this kernel (EOPNOTSUPP of PSI that is off). */
export function fileText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch (error) {
    if (GONE.has((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error;
  }
}

const GONE = new Set(['ENOENT', 'ENOTDIR', 'EOPNOTSUPP', 'ENOTSUP', 'EACCES', 'EINVAL', 'ENODEV', 'EISDIR']);

export function isThere(path: string): boolean {
  return existsSync(path);
}
