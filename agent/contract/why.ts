import { type Static, Type } from 'typebox';
import { type ContainerStatus, ContainerStatus as Status } from './container.js';

/** What can hold a container back; the closed vocabulary of `kind`. */
export const WHY_KINDS = [
  'not-running',
  'frozen',
  'cpu-quota',
  'cpu-neighbour',
  'cpu-weight',
  'cpu-set',
  'cpu-node',
  'memory-high',
  'memory-max',
  'memory-node',
  'oom',
  'io-limit',
  'io-disk',
  'pids-max',
] as const;
export type WhyKind = (typeof WHY_KINDS)[number];

const Nullable = <T extends Parameters<typeof Type.Union>[0][number]>(type: T) => Type.Union([type, Type.Null()]);

/** Somebody whose use is in the way. */
export const WhyOther = Type.Object({
  id: Type.String({ description: 'Empty: processes that are in no container.' }),
  name: Type.String(),
  figure: Type.String({ description: 'What it uses of what is short.' }),
});
export type WhyOther = Static<typeof WhyOther>;

/** One thing that holds a container back. */
export const WhyFactor = Type.Object({
  kind: Type.Unsafe<WhyKind>(Type.String({ description: WHY_KINDS.join(', ') })),
  sharePercent: Nullable(
    Type.Number({ description: 'Of the window, in which it was held back by this; null: cannot be measured.' }),
  ),
  summary: Type.String(),
  figures: Type.Record(Type.String(), Type.Number()),
  field: Nullable(Type.String({ description: 'The limit behind it, such as `cpu.max`.' })),
  setBy: Nullable(
    Type.String({
      description: '`run`, `override`, `policy/NAME`, `schedule/NAME`, `rule/POLICY/RULE`, a runtime, or who froze it.',
    }),
  ),
  changed: Nullable(
    Type.Object(
      { time: Type.String(), actor: Type.String(), reason: Type.String() },
      { description: 'The last change of that field in the journal.' },
    ),
  ),
  others: Type.Array(WhyOther, { description: 'Who uses most of what is short.' }),
  advice: Type.String(),
});
export type WhyFactor = Static<typeof WhyFactor>;

/** What holds a container back, the worst first; no factors: nothing does. */
export const WhyView = Type.Object(
  {
    id: Type.String(),
    name: Type.String(),
    time: Type.String(),
    status: Type.Unsafe<ContainerStatus>(Status),
    windowMs: Type.Number({ description: 'How long was looked; 0: it does not run.' }),
    factors: Type.Array(WhyFactor),
    unknown: Type.Array(Type.String(), { description: 'What this host cannot tell.' }),
  },
  { $id: 'WhyView' },
);
export type WhyView = Static<typeof WhyView>;

/** What the HTTP API needs to say why; agent/containers implements it. */
export interface WhyBackend {
  /** Looks for `windowMs`. Rejects with CONTAINER_NOT_FOUND or REF_AMBIGUOUS; when `signal` aborts, with its reason. */
  why(ref: string, options: { windowMs: number }, signal: AbortSignal): Promise<WhyView>;
}
