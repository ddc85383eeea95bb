import type { WhyFactor } from '#agent/contract/why.js';
import type { CgroupSample } from '#agent/model/sample.js';
import { stalledPercent } from '#agent/model/signals.js';
import { bytesText, factor, type OtherFacts, type RunFacts, round, setBy, type WhyFacts, type WhyRule } from './facts.js';

const LEAST_SHARE_PERCENT = 1;
/** So near its rate, it is the rate that holds it back; the kernel gives it out in slices. */
const NEAR_RATE = 0.8;
const BUSY_DISK_PERCENT = 60;
const NAMED = 3;

const RATES = {
  readBps: 'readBytes',
  writeBps: 'writeBytes',
  readIops: 'reads',
  writeIops: 'writes',
} as const;

/** Rates of disks it is held to, and disks that are busy with others. */
export const io: WhyRule = (facts, run) => {
  const stalled = stalledPercent(run.before.ioPressure?.some, run.after.ioPressure?.some, facts.windowMs);
  const limited = atRate(facts, run, stalled);
  if (limited.length > 0 || stalled === undefined || stalled < LEAST_SHARE_PERCENT) return limited;
  return [disk(facts, run, stalled)];
};

const LIMIT = /^io\.devices\[(\d+:\d+)\]\.(readBps|writeBps|readIops|writeIops)$/;

function atRate(facts: WhyFacts, { limits, before, after }: RunFacts, stalled: number | undefined): WhyFactor[] {
  return Object.entries(limits).flatMap(([field, limit]) => {
    const [, device, word] = LIMIT.exec(field) ?? [];
    if (device === undefined || typeof limit !== 'number') return [];
    const key = RATES[word as keyof typeof RATES];
    const rate = rateOf(before, after, device, key);
    if (rate === undefined || rate < NEAR_RATE * limit) return [];
    const bytes = key.endsWith('Bytes');
    const text = (value: number) => (bytes ? `${bytesText(value)}/s` : `${round(value)}/s`);
    return [
      factor({
        kind: 'io-limit',
        sharePercent: stalled === undefined ? null : round(stalled),
        summary: `it ${key.startsWith('read') ? 'reads from' : 'writes to'} disk ${nameOf(facts, device)} at its limit: ${text(rate)} of ${text(limit)}`,
        figures: { perSec: round(rate), limitPerSec: limit, ofLimitPercent: round((rate * 100) / limit) },
        field,
        setBy: setBy(facts, field),
        advice: `raise io.devices ${word} (limit --device-${DEVICE_FLAG[word as keyof typeof RATES]})`,
      }),
    ];
  });
}

const DEVICE_FLAG = { readBps: 'read-bps', writeBps: 'write-bps', readIops: 'read-iops', writeIops: 'write-iops' } as const;

/** It waits for a disk that nobody holds it to: is it busy, and with whom? */
function disk(facts: WhyFacts, run: RunFacts, stalled: number): WhyFactor {
  const [number, busyPercent] = busiest(facts);
  const busy = number !== undefined && busyPercent >= BUSY_DISK_PERCENT;
  const own = bytesPerSec(run, number);
  const latencyUsec = run.snapshot.signals['io.latency.p99'];
  return factor({
    kind: 'io-disk',
    sharePercent: round(stalled),
    summary: busy
      ? `it waits for disk ${nameOf(facts, number)}, which is busy ${round(busyPercent, 0)} % of the time`
      : 'it waits for a disk, which is slow rather than busy',
    figures: {
      ownBytesPerSec: round(own),
      ...(number === undefined ? {} : { diskBusyPercent: round(busyPercent) }),
      ...(latencyUsec === undefined ? {} : { ioLatencyP99Ms: round(latencyUsec / 1000, 1) }),
    },
    others: facts.others
      .map((other) => ({ other, rate: bytesPerSec(other, number) }))
      .filter(({ rate }) => rate > 0)
      .toSorted((a, b) => b.rate - a.rate)
      .slice(0, NAMED)
      .map(({ other: { id, name }, rate }) => ({ id, name, figure: `${bytesText(rate)}/s` })),
    advice: 'limit who uses it most (io.devices), or give this one more weight (io.weight)',
  });
}

/** The disk that had requests under way for the largest part of the time, and how large. */
function busiest({ node }: WhyFacts): [string | undefined, number] {
  const [before, after] = [node.before.disks, node.after.disks];
  let found: [string | undefined, number] = [undefined, 0];
  if (before === undefined || after === undefined || after.monotonicMs <= before.monotonicMs) return found;
  for (const [number, { busyMs }] of Object.entries(after.devices)) {
    const percent = Math.min(
      100,
      ((busyMs - (before.devices[number]?.busyMs ?? busyMs)) * 100) / (after.monotonicMs - before.monotonicMs),
    );
    if (percent > found[1]) found = [number, percent];
  }
  return found;
}

function bytesPerSec({ before, after }: RunFacts | OtherFacts, device: string | undefined): number {
  if (before === undefined || device === undefined) return 0;
  return (rateOf(before, after, device, 'readBytes') ?? 0) + (rateOf(before, after, device, 'writeBytes') ?? 0);
}

/** What a cgroup read or wrote of a disk, a second; undefined where it is not counted. */
function rateOf(
  { io: before }: CgroupSample,
  { io: after }: CgroupSample,
  device: string,
  key: (typeof RATES)[keyof typeof RATES],
): number | undefined {
  const now = after?.devices[device];
  if (now === undefined || before === undefined || after === undefined || after.monotonicMs <= before.monotonicMs)
    return undefined;
  return (Math.max(0, now[key] - (before.devices[device]?.[key] ?? 0)) * 1000) / (after.monotonicMs - before.monotonicMs);
}

function nameOf({ node }: WhyFacts, number: string): string {
  return node.after.disks?.devices[number]?.name ?? number;
}
