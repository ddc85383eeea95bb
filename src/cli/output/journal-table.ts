import type { DeathView, JournalEntry } from '#agent/contract/journal.js';
import { binarySize } from './human-size.js';
import { humanDuration } from './human-time.js';
import { shorten, table } from './table.js';

interface How {
  truncate: boolean;
}

/** Acts, a row each: within 100 columns unless nothing may be shortened; then with the reason too. */
export function journalTable(entries: readonly JournalEntry[], { truncate }: How): string {
  const cut = (text: string, max: number): string => (truncate ? shorten(text, max) : text);
  return table(
    ['TIME', 'CONTAINER', 'WHO', 'WHAT', 'CHANGE', 'RESULT', ...(truncate ? [] : ['WHY', 'ERROR'])],
    entries.map((entry) => [
      shortTime(entry.time),
      cut(entry.container?.name ?? '-', 14),
      cut(entry.actor, 16),
      cut(whatOf(entry), 17),
      cut(changeOf(entry), 16),
      entry.result,
      ...(truncate ? [] : [entry.reason, entry.error ?? '']),
    ]),
  );
}

/** Ends of containers, a row each; within 100 columns unless nothing may be shortened. */
export function deathsTable(deaths: readonly DeathView[], { truncate }: How): string {
  const cut = (text: string, max: number): string => (truncate ? shorten(text, max) : text);
  return table(
    ['TIME', 'CONTAINER', 'EXIT', 'WHY', 'RAN', 'PEAK', 'RESTARTS'],
    deaths.map((death) => [
      shortTime(death.finishedAt),
      cut(death.container.name, 14),
      death.exitCode === null ? '?' : String(death.exitCode),
      cut(whyOf(death), 22),
      death.startedAt === null ? '-' : humanDuration(Date.parse(death.finishedAt) - Date.parse(death.startedAt)),
      peakOf(death),
      `${death.restartCount}${death.restarts ? ', again' : ''}`,
    ]),
  );
}

/** `11-21 03:39:36`, local time. */
function shortTime(time: string): string {
  const at = new Date(time);
  const two = (number: number): string => String(number).padStart(2, '0');
  const day = `${two(at.getMonth() + 1)}-${two(at.getDate())}`;
  return `${day} ${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
}

/** A limit by its own name; what a policy is about by the policy's. */
function whatOf({ action, field, values }: JournalEntry): string {
  if (action === 'policy-put' || action === 'policy-rm') return `${action} ${values.policy ?? ''}`.trimEnd();
  return action === 'limit' || action === 'set' || action === 'drift' ? (field ?? action) : action;
}

function changeOf({ action, field, before, after }: JournalEntry): string {
  // A policy's text is a document.
  if (action === 'policy-put' || action === 'policy-rm' || field === null) return '';
  return `${valueText(field, before)} → ${valueText(field, after)}`;
}

function valueText(field: string, value: JournalEntry['before']): string {
  if (value === null) return '-';
  return typeof value === 'number' && field.startsWith('memory.') ? binarySize(value) : String(value);
}

function whyOf({ oomKilled, oom, signal, error }: DeathView): string {
  if (oomKilled) return oom?.victim ? `OOM: ${oom.victim.comm} (${oom.victim.pid})` : 'OOM';
  return signal ?? error ?? '';
}

function peakOf({ lastSample }: DeathView): string {
  const bytes = lastSample?.memory.peakBytes ?? lastSample?.memory.currentBytes;
  return bytes === undefined ? '-' : binarySize(bytes);
}
