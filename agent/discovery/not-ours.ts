import { AgentError } from '#agent/contract/errors.js';
import type { Foreign } from './foreign.js';

/** What tsgov leaves to a container's own runtime, and how that is told to. */
export function notOurs(foreign: Foreign, verb: string): AgentError {
  const command = foreign.knowledge.command(verb, foreign.name);
  const whose = foreign.runtime === 'other' ? 'a cgroup that tsgov did not make' : `a container of ${foreign.runtime}`;
  const unit = foreign.runtime === 'systemd' ? 'a unit of systemd' : whose;
  const hint = command === undefined ? 'tsgov limits, freezes and watches it' : `use: ${command}`;
  return new AgentError('NOT_OURS', `cannot ${verb} ${foreign.name}: it is ${unit}; ${hint}`);
}
