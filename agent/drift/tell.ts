import type { NodeContext } from '#agent/containers/context.js';
import type { Governed } from '#agent/containers/governed.js';
import type { EventView } from '#agent/contract/container.js';
import type { DriftRecord, DriftWriter } from '#agent/contract/drift.js';
import type { DriftStep } from '#agent/governor/drift/decide.js';
import { writerText } from './writer.js';

/** One drift: event, journal, counters, history. */
export function tellDrift(context: NodeContext, container: Governed, record: DriftRecord): void {
  const { field, from, to, source, cause, writer, repaired, repairMs, error } = record;
  context.drift.record(container.id, record);
  const about = writer === null ? {} : writerAttributes(writer);
  context.events.emit('drift', container.subject(), { field, from, to, source, cause, repaired, repairMs, ...about });
  context.journal.record({
    container: container.subject(),
    actor: 'drift-guard',
    action: 'drift',
    field,
    reason: `${writerText(writer ?? undefined)} changed ${field}, which ${source ?? 'run'} set (noticed by ${cause})`,
    before: from,
    after: to,
    result: repaired ? 'done' : 'failed',
    error: error ?? null,
    values: { ...stringsAndNumbers(about), repairMs },
  });
}

/** That a tug of war begins or ends. */
export function tellWar(
  context: NodeContext,
  container: Governed,
  { kind, field, war }: Extract<DriftStep, { kind: 'war-begin' | 'war-end' }>,
): void {
  const about = war.writer === undefined ? {} : writerAttributes(war.writer);
  const phase = kind === 'war-begin' ? 'begin' : 'end';
  context.events.emit('drift-war', container.subject(), { phase, field, drifts: war.drifts, ...about });
}

type Attributes = EventView['attributes'];

/** Flat, as events are. */
function writerAttributes({ pid, gone, comm, exe, cmdline, uid, cgroup, container }: DriftWriter): Attributes {
  const attributes: Attributes = { writerPid: pid, writerGone: gone };
  const known = {
    writerComm: comm,
    writerExe: exe,
    writerCmdline: cmdline,
    writerUid: uid,
    writerCgroup: cgroup,
    writerContainer: container,
  };
  for (const [name, value] of Object.entries(known)) if (value !== undefined) attributes[name] = value;
  return attributes;
}

function stringsAndNumbers(attributes: Attributes): Record<string, string | number> {
  return Object.fromEntries(
    Object.entries(attributes).filter((entry): entry is [string, string | number] =>
      ['string', 'number'].includes(typeof entry[1]),
    ),
  );
}
