import type { ProcessView } from '#agent/contract/processes.js';
import { instead, type PaneInput } from '#src/top/container/pane.js';
import type { Line, Look, Tone } from '#src/top/frame.js';
import { percentText, sizeText } from '#src/top/overview/size-text.js';
import { fitted, safe } from '#src/top/text.js';

/** Its processes as a tree, with what each uses and sleeps in. */
export function processesPane(input: PaneInput, { size, glyphs }: Look): Line[] {
  const { processes } = input.details;
  if (processes === undefined) return instead(input, 'processes', glyphs);
  const wide = size.columns >= 110;
  const head = `${'PID'.padStart(8)} ${'IN IT'.padStart(6)} ${'USER'.padEnd(8)} S ${'CPU%'.padStart(5)} ${'RSS'.padStart(5)} ${'THR'.padStart(4)} ${wide ? `${'SLEEPS IN'.padEnd(20)} ` : ''}COMMAND`;
  return [
    [{ text: head, tone: 'head' }],
    ...processes.map((each): Line => {
      const indent =
        glyphs === 'unicode'
          ? `${'  '.repeat(Math.max(0, (each.depth ?? 0) - 1))}${each.depth ? '└ ' : ''}`
          : '  '.repeat(each.depth ?? 0);
      return [
        { text: `${String(each.pid).padStart(8)} ` },
        { text: `${String(each.containerPid ?? '-').padStart(6)} `, tone: 'dim' },
        { text: `${fitted(safe(each.userName ?? String(each.containerUser ?? each.user), glyphs), 8, glyphs)} ` },
        { text: `${each.state} `, tone: STATE_TONES[each.state] ?? 'text' },
        { text: `${percentText(each.cpuPercent).padStart(5)} `, tone: each.cpuPercent >= 80 ? 'warn' : 'text' },
        { text: `${sizeText(each.rssBytes).padStart(5)} ${String(each.threads).padStart(4)} ` },
        ...(wide ? [{ text: `${fitted(safe(each.wchan ?? '', glyphs), 20, glyphs)} `, tone: 'dim' as const }] : []),
        { text: indent, tone: 'rule' },
        { text: safe(commandOf(each), glyphs) },
      ];
    }),
    ...(processes.length === 0 ? [[{ text: 'no process', tone: 'dim' as const }]] : []),
  ];
}

/** D waits for a disk or a lock and cannot be killed, Z is dead and not waited for, T is stopped. */
const STATE_TONES: Readonly<Partial<Record<string, Tone>>> = { R: 'good', D: 'bad', Z: 'warn', T: 'warn', t: 'warn' };

function commandOf({ command, name }: ProcessView): string {
  return command === '' ? `[${name}]` : command;
}
