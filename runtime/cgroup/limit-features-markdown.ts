import { LIMIT_CONDITIONS } from './limit-conditions.js';
import { type Carried, LIMIT_FEATURES, type LimitFeature } from './limit-features.js';

/** docs/cgroups.md: which limit each kind of host carries, from which kernel on, and what is said where it is not. */
export function limitFeaturesMarkdown(): string {
  return [
    '# Limits on cgroup v1, v2 and hybrid hosts',
    '',
    'Written by `node scripts/gen-docs.mjs` from `runtime/cgroup/limit-features.ts` and `limit-conditions.ts`; tests compare it, and hold the',
    'controllers to those tables.',
    '',
    'tsgov finds out for each controller which hierarchy carries it. On a **hybrid** host (v1 hierarchies and a v2 tree side by side) a limit',
    "is therefore carried as in the column of the version that has its controller (`tsgov info`, `tsgov doctor`), and the container's cgroup",
    'exists in the v2 tree as well. `state` looks at the freezers of both. A dash is a limit that this version has nothing for.',
    '',
    '## What is written',
    '',
    ...table(
      ['limit', 'v2 file', 'from kernel', 'on the way', 'v1 file', 'from kernel', 'on the way', 'hybrid'],
      LIMIT_FEATURES.map((feature) => [code(feature.field), ...carried(feature.v2), ...carried(feature.v1), hybrid(feature)]),
    ),
    '',
    '## What is not a limit',
    '',
    '- **Reclaim** (the `reclaim` step of rules): `memory.reclaim` (v2, kernel 5.19). v1 has none: its limit is lowered to what is to be left and put back',
    '  by the same writer at once; the kernel takes it only once so much has been reclaimed.',
    '- **OOM kills** are counted in `memory.events` (v2) and `memory.oom_control` (v1) and looked at each tick; v1 also tells of each as it happens, through an',
    '  eventfd on `memory.oom_control`.',
    '- **io.cost** is the machine’s: `io.cost.qos` and `io.cost.model` of the v2 root turn it on for a disk, which tsgov leaves to whoever runs the machine.',
    '  Where it is on, `io.weight` is what it obeys; where neither it nor bfq is, that is said (`IoWeightNoEffect`).',
    '',
    '## What is said where a host does not carry it',
    '',
    'Each is a condition of the container: in `conditions[]` of the API and of `inspect`, and on stderr of `run`, `start` and `limit`.',
    '`LimitUnsupported`: nothing was written for that limit. `LimitPartial`: it is set, but does less than it says.',
    '',
    ...table(
      ['limits', 'reason', 'type', 'hosts', 'message'],
      Object.entries(LIMIT_CONDITIONS).map(([reason, { type, on, message }]) => [
        limitsOf(reason).map(code).join(', '),
        code(reason),
        type,
        on,
        message,
      ]),
    ),
    '',
  ].join('\n');
}

/** Limits by the condition that may be said of them. */
function limitsOf(reason: string): string[] {
  const fields = LIMIT_FEATURES.filter(({ conditions }) => (conditions as readonly string[]).includes(reason));
  const groups = new Set(fields.map(({ field }) => field.split('.')[0]));
  // A controller that is not there takes all of its limits with it.
  if (/^No\w+Controller$/.test(reason)) return [...groups].map((group) => `${group}.*`);
  return fields.map(({ field }) => field);
}

function carried(half: Carried | undefined): string[] {
  return half === undefined ? ['–', '–', '–'] : [half.files.map(code).join(', '), half.kernel, half.conversion];
}

function hybrid({ v1, v2, controller, field }: LimitFeature): string {
  if (field === 'state') return 'v1, and the v2 tree is looked at too';
  if (v1 === undefined || v2 === undefined) return `only where ${controller} is on v2`;
  return `as ${controller}`;
}

function code(text: string): string {
  return `\`${text}\``;
}

function table(head: string[], rows: string[][]): string[] {
  const line = (cells: string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)];
}
