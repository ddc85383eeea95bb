import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { ContainerView } from '#agent/contract/container.js';
import { at, readJson, text } from '#agent/discovery/read-files.js';

/** What a runtime's own health check said last: 1 healthy, 0 not (yet), −1: it has none; as cAdvisor has it. */
export type Health = 1 | 0 | -1;

type Source = { file: string; status: (json: unknown) => string | undefined };

/** Runtimes with health checks, and where in a container's directory they write what these said. */
const SOURCES: Readonly<Partial<Record<string, Source>>> = {
  docker: { file: 'config.v2.json', status: (json) => text(at(json, 'State', 'Health', 'Status')) },
  podman: { file: 'healthcheck.log', status: (json) => text(at(json, 'Status')) },
};

/** Reads it anew only where the file is not the one it was. Keep one for many. */
export class HealthReader {
  readonly #seen = new Map<string, { mtimeMs: number; health: Health }>();

  of({ runtime, bundle }: Pick<ContainerView, 'runtime' | 'bundle'>): Health {
    const source = SOURCES[runtime];
    if (source === undefined || bundle === '') return -1;
    const path = join(bundle, source.file);
    const mtimeMs = statSync(path, { throwIfNoEntry: false })?.mtimeMs;
    if (mtimeMs === undefined) {
      this.#seen.delete(path);
      return -1;
    }
    const seen = this.#seen.get(path);
    if (seen?.mtimeMs === mtimeMs) return seen.health;
    const health = healthOf(source.status(readJson(path)));
    this.#seen.set(path, { mtimeMs, health });
    return health;
  }

  /** Those that are not there any more are forgotten. */
  keepOnly(bundles: ReadonlySet<string>): void {
    for (const path of this.#seen.keys()) if (!bundles.has(join(path, '..'))) this.#seen.delete(path);
  }
}

function healthOf(status: string | undefined): Health {
  if (status === undefined || status === '' || status === 'none') return -1;
  return status === 'healthy' ? 1 : 0;
}
