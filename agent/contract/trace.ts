import { type Static, Type } from 'typebox';
import { TRACE_KINDS, type TraceKind } from './trace-kinds.js';

const Nullable = <T extends Parameters<typeof Type.Union>[0][number]>(type: T) => Type.Union([type, Type.Null()]);

/** One thing that happened, as `GET /v1/trace/{kind}` streams it. */
export const TraceEvent = Type.Object(
  {
    time: Type.String({ description: 'RFC 3339; when the agent read it, at most a tenth of a second after it happened.' }),
    kind: Type.Unsafe<TraceKind>(Type.String({ description: TRACE_KINDS.join(', ') })),
    event: Type.String({ description: 'What of that kind: exec, fork or exit; connect, close, retransmit … (docs/bpf.md).' }),
    container: Nullable(Type.Object({ id: Type.String(), name: Type.String(), image: Type.String(), runtime: Type.String() })),
    attributes: Type.Record(Type.String(), Nullable(Type.Union([Type.String(), Type.Number()]))),
  },
  { $id: 'TraceEvent' },
);
export type TraceEvent = Static<typeof TraceEvent>;

/** What the HTTP API needs of BPF. */
export interface TraceBackend {
  /**
   * Resolves once the kernel tells; then events from that moment on, until `signal` aborts. `container` (an id): only its own. Events
   * that came faster than they were read are told as one event `lost` with their number. They must be iterated. Rejects with UNSUPPORTED,
   * and the reason, where BPF is not to be had.
   */
  trace(kind: TraceKind, container: string | undefined, signal: AbortSignal): Promise<AsyncIterable<TraceEvent>>;
}
