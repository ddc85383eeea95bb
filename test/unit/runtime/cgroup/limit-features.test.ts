import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { LimitsInput } from '#agent/contract/limits.js';
import type { LimitKey } from '#runtime/cgroup/controller.js';
import { LIMIT_CONDITIONS } from '#runtime/cgroup/limit-conditions.js';
import { LIMIT_CONTROLLERS } from '#runtime/cgroup/limit-controllers.js';
import { LIMIT_FEATURES } from '#runtime/cgroup/limit-features.js';
import { limitFeaturesMarkdown } from '#runtime/cgroup/limit-features-markdown.js';
import type { Limits } from '#runtime/cgroup/limits.js';

const DOC = join(import.meta.dirname, '../../../../../docs/cgroups.md');

test('docs/cgroups.md is what the tables say (node scripts/gen-docs.mjs writes it)', () => {
  assert.equal(readFileSync(DOC, 'utf8'), limitFeaturesMarkdown());
});

test('every limit of the contract is in the table, and nothing else', () => {
  assert.deepEqual(
    LIMIT_FEATURES.map(({ field }) => field).sort(),
    fieldsOf(LimitsInput as unknown as Schema, '')
      .filter((field) => field !== 'io.devices[].device')
      .sort(),
  );
});

test('every condition is said of some limit, and names what would carry it', () => {
  const said = new Set<string>(LIMIT_FEATURES.flatMap(({ conditions }) => conditions));
  assert.deepEqual([...said].sort(), Object.keys(LIMIT_CONDITIONS).sort());
  for (const [reason, { message }] of Object.entries(LIMIT_CONDITIONS))
    assert.match(
      message,
      /kernel \d|CONFIG_|cgroup v2|boot|echo|cgroup_disable|set |widen|kernel's own file/,
      `${reason}: ${message}`,
    );
});

/** Each limit alone, as something that no cgroup starts with. */
const SAMPLES: Record<string, Limits> = {
  'cpu.max': { cpu: { maxCores: 0.5 } },
  'cpu.period': { cpu: { periodUsec: 50_000 } },
  'cpu.burst': { cpu: { burstUsec: 1000 } },
  'cpu.weight': { cpu: { weight: 50 } },
  'cpu.shares': { cpu: { shares: 512 } },
  'cpu.idle': { cpu: { idle: true } },
  'cpuset.cpus': { cpuset: { cpus: '0' } },
  'cpuset.mems': { cpuset: { mems: '0' } },
  'cpuset.partition': { cpuset: { partition: 'isolated' } },
  'memory.max': { memory: { maxBytes: 1 << 30 } },
  'memory.high': { memory: { highBytes: 1 << 30 } },
  'memory.low': { memory: { lowBytes: 1 << 20 } },
  'memory.min': { memory: { minBytes: 1 << 20 } },
  'memory.swap': { memory: { swapMaxBytes: 0 } },
  'memory.oomGroup': { memory: { oomGroup: true } },
  'io.weight': { io: { weight: 50 } },
  'io.blkioWeight': { io: { blkioWeight: 500 } },
  'io.devices[].readBps': { io: { devices: [{ major: 8, minor: 0, asked: '8:0', readBytesPerSec: 5 }] } },
  'io.devices[].writeBps': { io: { devices: [{ major: 8, minor: 0, asked: '8:0', writeBytesPerSec: 5 }] } },
  'io.devices[].readIops': { io: { devices: [{ major: 8, minor: 0, asked: '8:0', readIops: 5 }] } },
  'io.devices[].writeIops': { io: { devices: [{ major: 8, minor: 0, asked: '8:0', writeIops: 5 }] } },
  'io.devices[].latency': { io: { devices: [{ major: 8, minor: 0, asked: '8:0', latencyUsec: 5000 }] } },
  'pids.max': { pids: { max: 5 } },
  'hugetlb.<size>': { hugetlb: { '2MB': 0 } },
};

describe('the controllers write the files of the table', () => {
  for (const feature of LIMIT_FEATURES.filter(({ field }) => field !== 'state'))
    for (const version of ['v1', 'v2'] as const)
      test(`${version}: ${feature.field}`, () => {
        const limits = SAMPLES[feature.field] as Limits;
        const planned = plan(version, limits, () => true);
        const table = (feature[version]?.files ?? []).map((file) => file.replace('<size>', '2MB'));
        assert.deepEqual([...new Set(planned.files)].sort(), [...table].sort());
        for (const reason of planned.reasons) assert.ok((feature.conditions as readonly string[]).includes(reason), reason);
        // Nothing for it is never silent, and neither is a kernel that has no such file.
        if (feature[version] === undefined) assert.notDeepEqual(planned.reasons, []);
      });
});

describe('a kernel without the files is told of, but for those that always have them', () => {
  const ALWAYS = /^(cpu\.(period|weight|shares)|cpuset\.(cpus|mems)|memory\.(max|high|low)|pids\.)/;
  for (const feature of LIMIT_FEATURES.filter(({ field }) => field !== 'state' && !ALWAYS.test(field)))
    for (const version of ['v1', 'v2'] as const)
      test(`${version}: ${feature.field}`, () => {
        const { files, reasons } = plan(version, SAMPLES[feature.field] as Limits, () => false);
        assert.deepEqual(files, []);
        assert.equal(reasons.length, 1);
        assert.ok((feature.conditions as readonly string[]).includes(reasons[0] as string), reasons[0]);
      });
});

/** What holds now has a bound on everything that a change of one may move along. */
const CURRENT: Limits = { cpu: { maxCores: 1, periodUsec: 100_000 }, memory: { maxBytes: 1 << 31, swapMaxBytes: 1 << 20 } };

function plan(version: 'v1' | 'v2', limits: Limits, has: (file: string) => boolean): { files: string[]; reasons: string[] } {
  const [key] = Object.keys(limits) as [LimitKey];
  return planKey(key, version, limits, has);
}

function planKey<K extends LimitKey>(key: K, version: 'v1' | 'v2', limits: Limits, has: (file: string) => boolean) {
  type Slice = NonNullable<Limits[K]>;
  const half = LIMIT_CONTROLLERS[key][version];
  const [asked, current] = [limits[key] as Slice, (CURRENT[key] ?? {}) as Slice];
  return {
    files: half.plan(asked, current, has).map(({ file }) => file),
    reasons: half.conditions(asked, has, current).map(({ reason }) => reason),
  };
}

interface Schema {
  properties?: Record<string, Schema>;
  patternProperties?: Record<string, Schema>;
  items?: Schema;
}

/** The fields of the contract, by dotted name. */
function fieldsOf({ properties, patternProperties, items }: Schema, name: string): string[] {
  if (items !== undefined) return fieldsOf(items, `${name}[]`);
  if (patternProperties !== undefined) return [`${name}.<size>`];
  if (properties === undefined) return [name];
  return Object.entries(properties).flatMap(([key, field]) => fieldsOf(field, name === '' ? key : `${name}.${key}`));
}
