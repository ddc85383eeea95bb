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

/** What is not a container by itself: governed only where a policy says so by runtime or cgroup, never by a name that fits. */
const NAMED_ONLY: ReadonlySet<string> = new Set(['systemd', 'kubernetes', 'other']);

/** Whether a policy is for this container: every key given must match, of a list one. Pure. */
export function policyMatches(match: PolicyMatch, subject: PolicySubject): boolean {
  const { name, image, label, runtime, cgroup } = match;
  if (runtime === undefined && cgroup === undefined && NAMED_ONLY.has(subject.runtime)) return false;
  return (
    oneOf(name, subject.name) &&
    oneOf(image, subject.image) &&
    oneOf(runtime, subject.runtime) &&
    oneOf(cgroup, subject.cgroup, true) &&
    Object.entries(label ?? {}).every(([key, globs]) => Object.hasOwn(subject.labels, key) && oneOf(globs, subject.labels[key]!))
  );
}

/** Where systemd itself runs, on every machine that has it. */
const FIRST_PROCESS: PolicySubject = { name: 'init.scope', image: '', labels: {}, runtime: 'systemd', cgroup: '/init.scope' };

/** Whether a policy is so wide that it is meant for the machine's first process too, and with it for every service and session. Pure. */
export function matchesEverything(match: PolicyMatch): boolean {
  return policyMatches(match, FIRST_PROCESS);
}

function oneOf(globs: string | readonly string[] | undefined, text: string, path = false): boolean {
  if (globs === undefined) return true;
  return (typeof globs === 'string' ? [globs] : globs).some((glob) => globMatches(glob, text, { path }));
}
