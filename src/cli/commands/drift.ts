import type { DriftRecord, DriftView, DriftWriter } from '#agent/contract/drift.js';
import { defineCommand } from '#src/cli/command.js';
import { document, FORMAT_FLAG, formatOf } from '#src/cli/output/documents.js';
import { printable } from '#src/cli/output/printable.js';
import { table } from '#src/cli/output/table.js';

export const DRIFT = defineCommand({
  usage: '[OPTIONS] CONTAINER',
  description:
    'Shows what somebody else changed of a container’s limits and was put back, the last 100, with who wrote; and who keeps doing so.',
  flags: { format: FORMAT_FLAG, quiet: { type: 'boolean', short: 'q', help: 'Only the limits, each once' } },
  args: { min: 1, max: 1 },
  examples: ['tsgov drift web', 'tsgov drift web --format json'],
  run: async (context, flags, [ref]) => {
    const format = formatOf(flags.format, ['json', 'table', 'yaml'], 'table');
    const view = await (await context.client()).drift(ref!);
    if (flags.quiet) {
      for (const field of new Set(view.drifts.map((drift) => drift.field))) context.stdout.write(`${field}\n`);
      return 0;
    }
    context.stdout.write(format === 'table' ? driftTable(view.drifts) : await document(view, format));
    for (const line of warLines(view)) context.stderr.write(line);
    return 0;
  },
});

function driftTable(drifts: readonly DriftRecord[]): string {
  return table(
    ['TIME', 'FIELD', 'FROM', 'TO', 'SET BY', 'NOTICED BY', 'AFTER', 'WRITER'],
    drifts.map(({ time, field, from, to, source, cause, repaired, repairMs, writer }) => [
      time,
      field,
      valueText(from),
      valueText(to),
      source ?? '',
      cause,
      repaired ? `${repairMs.toFixed(1)} ms` : 'not put back',
      printable(writerText(writer)),
    ]),
  );
}

function valueText(value: DriftRecord['from']): string {
  return value === null || value === '' ? '-' : String(value);
}

function writerText(writer: DriftWriter | null): string {
  if (writer === null) return '-';
  if (writer.gone) return `pid ${writer.pid} (ended)`;
  const where = writer.container === undefined ? '' : ` in ${writer.container}`;
  return `${writer.comm ?? '?'} (pid ${writer.pid}, uid ${writer.uid ?? '?'})${where}`;
}

function warLines({ name, wars }: DriftView): string[] {
  return wars.map(
    ({ field, drifts, backOffMs, writer }) =>
      `tsgov: ${printable(name)}: ${printable(writerText(writer))} keeps changing ${field}: put back ${drifts} times, now every ${backOffMs / 1000} s\n`,
  );
}
