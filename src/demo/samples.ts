import type { CreateBody } from '#agent/contract/create.js';
import type { LimitsInput } from '#agent/contract/limits.js';

const MIB = 1024 * 1024;

/** What a sample's limit is about, and the unit its figures are in: cores, bytes, or bytes per second. */
export type Resource = 'cpu' | 'memory' | 'disk';

export interface Sample {
  name: string;
  resource: Resource;
  /** The limit under test, in the resource's unit. */
  limit: number;
  /** The same as the API takes it. */
  limits: LimitsInput;
  /** What the workload would take; undefined: measured while it runs free for a moment, before the limit is set. */
  wants: number | undefined;
  body: CreateBody;
}

/** Label on everything the demo makes, so that leftovers of a killed demo can be told from the user's own containers. */
export const DEMO_LABEL = 'tsgov.demo';
export const SAMPLE_NAMES = ['cpu-hog', 'memory-eater', 'disk-writer'] as const;

/** One full core, for ever. */
const BURN_CPU = 'while :; do :; done';

/**
 * Grows by 8 MiB every fifth of a second up to 200 MiB: `tail` must keep a line that does not end. When the kernel kills it at the
 * limit, the shell, which is small, lives on, rests and tries again, so that memory.max and the OOM counter can be watched.
 */
const EAT_MEMORY = `while :; do
  for step in $(seq 25); do head -c 8388608 /dev/zero || break; sleep 0.2; done | tail
  sleep 1
done >/dev/null 2>&1`;

/** Writes past the page cache, so that the disk's own rate is what counts on every kernel. */
const WRITE_DISK =
  'while :; do dd if=/dev/zero of=/demo/file bs=256k count=256 oflag=direct conv=notrunc 2>/dev/null || sleep 1; done';

/** The demo's workloads from `host:`. `diskDir` is a directory of its own on a real disk; without one there is no disk writer. */
export function demoSamples(diskDir: string | undefined): Sample[] {
  const [cpuHog, memoryEater, diskWriter] = SAMPLE_NAMES;
  const body = (name: string, script: string, more: Partial<CreateBody> = {}): CreateBody => ({
    name,
    image: 'host:',
    command: ['sh', '-c', script],
    labels: { [DEMO_LABEL]: 'true' },
    ...more,
  });
  const memory = { memory: { max: 64 * MIB } };
  const samples: Sample[] = [
    {
      name: cpuHog,
      resource: 'cpu',
      limit: 0.25,
      limits: { cpu: { max: 0.25 } },
      wants: undefined,
      body: body(cpuHog, BURN_CPU),
    },
    {
      name: memoryEater,
      resource: 'memory',
      limit: 64 * MIB,
      limits: memory,
      wants: 200 * MIB,
      body: body(memoryEater, EAT_MEMORY, { limits: memory }),
    },
  ];
  if (diskDir !== undefined)
    samples.push({
      name: diskWriter,
      resource: 'disk',
      limit: 4 * MIB,
      limits: { io: { devices: [{ device: diskDir, writeBps: 4 * MIB }] } },
      wants: undefined,
      body: body(diskWriter, WRITE_DISK, { mounts: [{ type: 'bind', source: diskDir, target: '/demo' }] }),
    });
  return samples;
}
