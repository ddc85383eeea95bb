import type { TsgovClient } from '#agent/client.js';
import { ClientError } from '#agent/contract/client-error.js';
import type { EventView } from '#agent/contract/container.js';
import type { LimitsInput, LimitsView } from '#agent/contract/limits.js';
import type { LimitsPlan } from '#agent/contract/limits-plan.js';
import type { PolicyList } from '#agent/contract/policy.js';
import type { Row } from '#src/top/rows.js';
import type { DataInput, TopSource } from '#src/top/source.js';
import { SPARK_SAMPLES } from '#src/top/state.js';
import { idOf, SCENE_EVENTS, SCENE_MS, SCENE_NODE } from './top-scenario.js';
import { sceneDetails } from './top-scene-details.js';

/** A node that stands still but for what is done on the screen: a source and a client of the same containers. Time never moves. */
export class TopWorld implements TopSource {
  readonly target = '/run/tsgov/tsgov.sock';
  /** What was asked of the agent. */
  readonly calls: string[] = [];
  #rows: Row[];
  #events = [...SCENE_EVENTS];
  #tell: (input: DataInput) => void = () => undefined;
  #looked: string | undefined;
  /** Steps back in recorded time. */
  #back = 0;

  constructor(rows: readonly Row[]) {
    this.#rows = [...rows];
  }

  start(tell: (input: DataInput) => void): void {
    this.#tell = tell;
    for (let before = SPARK_SAMPLES; before > 0; before -= 1) {
      const wave = 0.55 + 0.45 * Math.sin(before / 4);
      const rows = this.#rows.map((row) => {
        const { cpuCores } = row.figures;
        return cpuCores === undefined ? row : { ...row, figures: { ...row.figures, cpuCores: cpuCores * wave } };
      });
      tell({ kind: 'overview', atMs: SCENE_MS - before * 1000, node: SCENE_NODE, rows });
    }
    this.#overview();
    tell({ kind: 'events', events: this.#events });
  }

  want({ container }: Parameters<TopSource['want']>[0]): void {
    if (container?.id === this.#looked) return;
    this.#looked = container?.id;
    if (container === undefined) return;
    const known = this.#rows.find(({ id }) => id === container.id)?.name.startsWith('api');
    const details = known ? sceneDetails() : { failures: { why: 'nothing is known of it' } };
    this.#tell({ kind: 'details', id: container.id, details });
  }

  refresh(): void {
    this.#overview();
  }

  step(direction: -1 | 1, far: boolean): void {
    this.#back = Math.max(0, this.#back - direction * (far ? 30 : 1));
    this.#overview();
  }

  close(): void {
    this.#tell = () => undefined;
  }

  /** What the screen calls of a client; anything else is a fault of the test. */
  get client(): TsgovClient {
    return {
      target: this.target,
      freeze: async (ref: string) => this.#act('freeze', ref, { status: 'frozen' }),
      thaw: async (ref: string) => this.#act('thaw', ref, { status: 'running' }),
      stop: async (ref: string) => this.#act('stop', ref, { status: 'exited', figures: {} }),
      start: async (ref: string) => this.#act('start', ref, { status: 'running' }),
      restart: async (ref: string) => this.#act('restart', ref, {}),
      kill: async (ref: string, signal: string) => this.#act('kill', ref, {}, { signal }),
      remove: async (ref: string) => {
        this.#act('destroy', ref, {});
        this.#rows = this.#rows.filter(({ id }) => id !== ref);
        this.#overview();
      },
      limits: async (): Promise<LimitsView> => ({
        cpu: { max: 0.5, weight: 200 },
        memory: { max: 512 << 20, high: 400 << 20 },
        pids: { max: 256 },
      }),
      planLimits: async (ref: string, limits: LimitsInput) => this.#plan(ref, limits),
      setLimits: async (ref: string, limits: LimitsInput) => {
        this.#plan(ref, limits);
        this.#act('limit', ref, {}, { fields: JSON.stringify(limits) });
        return limits;
      },
      policies: async (): Promise<PolicyList> => ({
        policies: ['batch', 'web'].map((name) => ({
          name,
          source: 'api',
          priority: 100,
          enforce: 'enforce',
          spec: { match: { name: [`${name}-*`] } },
          containers: [],
          conditions: [],
          text: `apiVersion: tsgov/v1\nkind: Policy\nmetadata: {name: ${name}}\nspec:\n  match:\n    name: ["${name}-*"]\n  limits:\n    cpu: {max: 1}\n`,
        })),
        refused: [],
      }),
      diffPolicies: async () => ({
        issues: [],
        containers: [
          {
            id: idOf('api'),
            name: 'api',
            changes: [
              { field: 'cpu.max', from: 0.5, fromSource: 'policy/web', to: 1, toSource: 'policy/batch', observed: false },
            ],
          },
        ],
      }),
      putPolicy: async (name: string) => {
        this.calls.push(`putPolicy ${name}`);
        this.#event('policy', undefined, { policy: name });
      },
    } as unknown as TsgovClient;
  }

  #overview(): void {
    const atMs = SCENE_MS - this.#back * 10_000;
    const recorded = { kind: 'recorded', atMs, first: this.#back >= 3 } as const;
    this.#tell({ kind: 'connection', connection: this.#back === 0 ? { kind: 'live' } : recorded });
    this.#tell({ kind: 'overview', atMs, node: SCENE_NODE, rows: this.#rows });
  }

  #act(type: string, ref: string, change: Partial<Row>, attributes: EventView['attributes'] = {}): void {
    this.calls.push(`${type} ${this.#rows.find(({ id }) => id === ref)?.name}`);
    this.#rows = this.#rows.map((row) => (row.id === ref ? { ...row, ...change } : row));
    this.#overview();
    this.#event(type, ref, attributes);
  }

  #event(type: string, ref: string | undefined, attributes: EventView['attributes']): void {
    const row = this.#rows.find(({ id }) => id === ref);
    const container = row && { id: row.id, name: row.name, image: row.image, runtime: row.runtime };
    const event: EventView = {
      id: this.#events.length + 1,
      time: new Date(SCENE_MS).toISOString(),
      type,
      attributes,
      ...(container && { container }),
    };
    this.#events = [...this.#events, event];
    this.#tell({ kind: 'events', events: [event] });
  }

  #plan(ref: string, { memory }: LimitsInput): LimitsPlan {
    const name = this.#rows.find(({ id }) => id === ref)?.name ?? ref;
    if (typeof memory?.max === 'string' && Number.parseInt(memory.max, 10) === 0)
      throw new ClientError('LIMIT_INVALID', `memory.max must be at least 4096, not ${memory.max}`, {
        field: 'memory.max',
        status: 400,
      });
    const file = '/sys/fs/cgroup/memory/tsgov/api/memory.limit_in_bytes';
    return {
      id: ref,
      name,
      writes: memory?.max === undefined ? [] : [{ file, before: String(512 << 20), value: String(memory.max) }],
      conditions: [],
    };
  }
}
