import type { CgroupWrite, Condition, HasFile, InterfaceFiles, LimitController } from './controller.js';
import { parseNumber } from './interface-file.js';
import { condition, LIMIT_CONDITIONS } from './limit-conditions.js';
import type { IoDeviceLimits, IoLimits, OrMax } from './limits.js';
import { bfqWeightFromIo, ioWeightFromBfq, ioWeightFromBlkio } from './weights.js';

/** Block I/O weight and per-disk rates. Sources: cgroup-v2.rst "IO Interface Files", cgroup-v1/blkio-controller.rst, bfq-iosched.rst. */
export const io: LimitController<'io'> = {
  key: 'io',
  controller: 'io',
  v1: { plan: planV1, read: readV1, conditions: conditionsV1 },
  v2: { plan: planV2, read: readV2, conditions: conditionsV2 },
};

const RATES = [
  { name: 'readBytesPerSec', v2: 'rbps', v1: 'blkio.throttle.read_bps_device', field: 'readBps' },
  { name: 'writeBytesPerSec', v2: 'wbps', v1: 'blkio.throttle.write_bps_device', field: 'writeBps' },
  { name: 'readIops', v2: 'riops', v1: 'blkio.throttle.read_iops_device', field: 'readIops' },
  { name: 'writeIops', v2: 'wiops', v1: 'blkio.throttle.write_iops_device', field: 'writeIops' },
] as const;

const LATENCY = 'io.latency';
const UNSET_V2 = 'rbps=max wbps=max riops=max wiops=max';
const V1_WEIGHT = 'blkio.bfq.weight';

function planV1(limits: IoLimits, _current: IoLimits, has: HasFile): CgroupWrite[] {
  const writes: CgroupWrite[] = [];
  const weight = limits.blkioWeight ?? (limits.weight === undefined ? undefined : bfqWeightFromIo(limits.weight));
  if (weight !== undefined && has(V1_WEIGHT)) writes.push(write(V1_WEIGHT, `${weight}`, 'io.weight'));
  for (const { device, field } of devices(limits))
    for (const rate of RATES) {
      const limit = device[rate.name];
      // 0 is v1's "no limit" and takes the line away.
      if (limit !== undefined && has(rate.v1))
        writes.push({
          ...write(rate.v1, `${id(device)} ${limit === 'max' ? 0 : limit}`, `${field}.${rate.field}`),
          key: id(device),
          unset: '0',
        });
    }
  return writes;
}

/** Both weight mechanisms where both are there: which one a disk obeys depends on its scheduler and on io.cost.qos. */
function planV2(limits: IoLimits, _current: IoLimits, has: HasFile): CgroupWrite[] {
  const writes: CgroupWrite[] = [];
  const bfq = limits.blkioWeight ?? (limits.weight === undefined ? undefined : bfqWeightFromIo(limits.weight));
  const weight = limits.weight ?? (limits.blkioWeight === undefined ? undefined : ioWeightFromBlkio(limits.blkioWeight));
  if (bfq !== undefined && has('io.bfq.weight')) writes.push(keyedDefault(write('io.bfq.weight', `default ${bfq}`, 'io.weight')));
  if (weight !== undefined && has('io.weight')) writes.push(keyedDefault(write('io.weight', `default ${weight}`, 'io.weight')));
  for (const { device, field } of devices(limits)) {
    const words = RATES.flatMap(({ name, v2 }) => (device[name] === undefined ? [] : [`${v2}=${device[name]}`]));
    if (words.length > 0 && has('io.max'))
      writes.push({ ...write('io.max', `${id(device)} ${words.join(' ')}`, field), key: id(device), unset: UNSET_V2 });
    if (device.latencyUsec !== undefined && has(LATENCY)) {
      const target = write(LATENCY, `${id(device)} target=${device.latencyUsec}`, `${field}.latency`);
      writes.push({ ...target, key: id(device), unset: 'target=max' });
    }
  }
  return writes;
}

function keyedDefault(planned: CgroupWrite): CgroupWrite {
  return { ...planned, key: 'default', unset: '100' };
}

function readV1(files: InterfaceFiles): IoLimits {
  const byId = new Map<string, IoDeviceLimits>();
  for (const rate of RATES)
    for (const [key, value] of keyedLines(files.read('io', rate.v1))) {
      const device = byId.get(key) ?? newDevice(key);
      device[rate.name] = Number(value);
      byId.set(key, device);
    }
  const weight = files.read('io', V1_WEIGHT);
  const bfq = weight && parseNumber(weight);
  return {
    ...(bfq !== undefined && { weight: ioWeightFromBfq(bfq), blkioWeight: bfq }),
    devices: [...byId.values()],
  };
}

function readV2(files: InterfaceFiles): IoLimits {
  const found = keyedLines(files.read('io', 'io.max')).map(([key, value]) => {
    const device = newDevice(key);
    for (const word of value.split(' ')) {
      const [name, limit = ''] = word.split('=');
      const rate = RATES.find(({ v2 }) => v2 === name);
      if (rate !== undefined) device[rate.name] = (limit === 'max' ? 'max' : Number(limit)) satisfies OrMax;
    }
    return device;
  });
  for (const [key, value] of keyedLines(files.read('io', LATENCY))) {
    const target = /^target=(\d+)/.exec(value)?.[1];
    const known = found.find((device) => id(device) === key);
    if (target === undefined) continue;
    if (known !== undefined) known.latencyUsec = Number(target);
    else found.push({ ...newDevice(key), latencyUsec: Number(target) });
  }
  const weight = defaultWeight(files.read('io', 'io.weight'));
  const bfq = defaultWeight(files.read('io', 'io.bfq.weight'));
  const shown = weight ?? (bfq === undefined ? undefined : ioWeightFromBfq(bfq));
  return {
    ...(shown !== undefined && { weight: shown }),
    ...(bfq !== undefined && { blkioWeight: bfq }),
    devices: found,
  };
}

/** `default 100` (with `MAJ:MIN n` lines after it), or the bare number older kernels print for bfq. */
function defaultWeight(buffer: Buffer | undefined): number | undefined {
  if (buffer === undefined) return undefined;
  const value = /^(?:default )?(\d+)/m.exec(buffer.toString('latin1'))?.[1];
  return value === undefined ? undefined : Number(value);
}

function keyedLines(buffer: Buffer | undefined): [string, string][] {
  if (buffer === undefined) return [];
  return buffer
    .toString('latin1')
    .split('\n')
    .filter((line) => /^\d+:\d+ /.test(line))
    .map((line) => [line.slice(0, line.indexOf(' ')), line.slice(line.indexOf(' ') + 1)]);
}

function conditionsV1(limits: IoLimits, has: HasFile): Condition[] {
  const found: Condition[] = [];
  if (asksWeight(limits) && !has(V1_WEIGHT))
    found.push(
      condition('NoIoWeight', {
        message:
          'this kernel has no blkio.bfq.weight: it needs bfq (CONFIG_BFQ_GROUP_IOSCHED, modprobe bfq), or cgroup v2 with io.cost',
      }),
    );
  found.push(...withLatency(limits).map((field) => condition('V1NoIoLatency', { field })));
  for (const { device, field } of limited(limits))
    if (!has(RATES[0].v1)) found.push(condition('NoIoThrottling', { field }));
    else if (limitsWrites(device)) found.push(buffered('V1BufferedWrites', device, field));
  return found;
}

function conditionsV2(limits: IoLimits, has: HasFile): Condition[] {
  const found: Condition[] = [];
  if (asksWeight(limits) && !has('io.weight') && !has('io.bfq.weight'))
    found.push(
      condition('NoIoWeight', {
        message: 'this kernel has neither io.weight (CONFIG_BLK_CGROUP_IOCOST) nor io.bfq.weight (modprobe bfq)',
      }),
    );
  if (!has(LATENCY)) found.push(...withLatency(limits).map((field) => condition('NoIoLatency', { field })));
  if (!has('io.max')) found.push(...limited(limits).map(({ field }) => condition('NoIoThrottling', { field })));
  return found;
}

/** What v2 could do about buffered writes but not where memory is another hierarchy's. Source: cgroup-v2.rst "Writeback". */
export function writebackConditions(limits: IoLimits): Condition[] {
  return limited(limits).flatMap(({ device, field }) =>
    limitsWrites(device) ? [buffered('NoCgroupWriteback', device, field)] : [],
  );
}

function buffered(reason: 'V1BufferedWrites' | 'NoCgroupWriteback', device: IoDeviceLimits, field: string): Condition {
  return condition(reason, { field, message: `${device.asked}: ${LIMIT_CONDITIONS[reason].message}` });
}

function limitsWrites(device: IoDeviceLimits): boolean {
  return isRate(device.writeBytesPerSec) || isRate(device.writeIops);
}

/** The fields of disks that are to keep a latency. */
function withLatency(limits: IoLimits): string[] {
  return devices(limits).flatMap(({ device, field }) => (isRate(device.latencyUsec) ? [`${field}.latency`] : []));
}

/** The disks that have a rate to be held to. */
function limited(limits: IoLimits): { device: IoDeviceLimits; field: string }[] {
  return devices(limits).filter(({ device }) => RATES.some(({ name }) => isRate(device[name])));
}

export function asksWeight({ weight, blkioWeight }: IoLimits): boolean {
  const unset = (value: number | undefined) => value === undefined || value === DEFAULT_WEIGHT;
  return !unset(weight) || !unset(blkioWeight);
}

const DEFAULT_WEIGHT = 100;

function isRate(limit: OrMax | undefined): boolean {
  return limit !== undefined && limit !== 'max';
}

function devices(limits: IoLimits): { device: IoDeviceLimits; field: string }[] {
  return (limits.devices ?? []).map((device, index) => ({ device, field: `io.devices[${index}]` }));
}

function newDevice(key: string): IoDeviceLimits {
  const [major, minor] = key.split(':').map(Number);
  return { major: major ?? 0, minor: minor ?? 0, asked: key };
}

function id(device: IoDeviceLimits): string {
  return `${device.major}:${device.minor}`;
}

function write(file: string, value: string, field: string): CgroupWrite {
  return { controller: 'io', file, value, field };
}
