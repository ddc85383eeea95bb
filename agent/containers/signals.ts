import { constants } from 'node:os';
import { AgentError } from '#agent/contract/errors.js';

const NUMBERS: Readonly<Record<string, number | undefined>> = constants.signals;
const RTMIN = 34;
const RTMAX = 64;

/** The number of `SIGTERM`, `term`, `15`, `RTMIN+3`; throws BODY_INVALID naming `field`. Source: signal(7). */
export function signalNumber(text: string, field = 'signal'): number {
  const name = text.trim().toUpperCase().replace(/^SIG/, '');
  const number = /^\d+$/.test(name) ? Number(name) : (NUMBERS[`SIG${name}`] ?? realTime(name));
  if (number === undefined || number < 1 || number > RTMAX)
    throw new AgentError('BODY_INVALID', `${field} ${JSON.stringify(text)}: a signal's name or number, such as SIGTERM or 15`, {
      field,
    });
  return number;
}

/** The name of a signal number, `SIGTERM`; unnamed ones read `SIG<number>`. */
export function signalName(number: number): string {
  for (const [name, value] of Object.entries(constants.signals)) if (value === number) return name;
  return number >= RTMIN && number <= RTMAX ? `SIGRTMIN+${number - RTMIN}` : `SIG${number}`;
}

function realTime(name: string): number | undefined {
  if (name === 'RTMIN') return RTMIN;
  if (name === 'RTMAX') return RTMAX;
  const [, base, offset] = /^(RTMIN\+|RTMAX-)(\d{1,2})$/.exec(name) ?? [];
  if (base === undefined) return undefined;
  const number = base === 'RTMIN+' ? RTMIN + Number(offset) : RTMAX - Number(offset);
  return number >= RTMIN && number <= RTMAX ? number : undefined;
}
