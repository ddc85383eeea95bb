import type { PolicyMatch } from '#agent/contract/policy-match.js';
import { globMatches } from './glob.js';

/** What of a container policies look at. */
export interface PolicySubject {
  name: string;
  image: string;
  labels: Readonly<Record<string, string>>;
  runtime: string;
  /** Its path in the cgroup hierarchy, with the first /. */
  cgroup: string;
}

/** Whether a policy is for this container: every key given must match, of a list one. Pure. */
export function policyMatches(match: PolicyMatch, subject: PolicySubject): boolean {
  const { name, image, label, runtime, cgroup } = match;
  return (
    oneOf(name, subject.name) &&
    oneOf(image, subject.image) &&
    oneOf(runtime, subject.runtime) &&
    oneOf(cgroup, subject.cgroup, true) &&
    Object.entries(label ?? {}).every(([key, globs]) => Object.hasOwn(subject.labels, key) && oneOf(globs, subject.labels[key]!))
  );
}

function oneOf(globs: string | readonly string[] | undefined, text: string, path = false): boolean {
  if (globs === undefined) return true;
  return (typeof globs === 'string' ? [globs] : globs).some((glob) => globMatches(glob, text, { path }));
}
