import { limitsInForce } from '#agent/containers/limits-in-force.js';
import { viewLimits } from '#agent/containers/limits-view.js';
import type { LimitsView } from '#agent/contract/limits.js';
import type { ScrapeFigures } from '#agent/metrics/figures.js';
import { carrierVersion } from '#runtime/cgroup/cgroup-host.js';
import { type CgroupSet, directoryOf } from '#runtime/cgroup/cgroup-set.js';
import type { FileOwner } from '#runtime/cgroup/controller.js';
import { FlatKeyed } from '#runtime/cgroup/flat-keyed.js';
import { parseNumber, readInterfaceFile } from '#runtime/cgroup/interface-file.js';
import { parseBlkioStat } from '#runtime/cgroup/io-stat.js';
import { readSlices } from '#runtime/cgroup/limit-plan.js';

/** USER_HZ of every architecture Linux runs on today (cgroup-v1/cpuacct.rst counts in it). */
const USEC_PER_TICK = 10_000;
const LARGEST_FILE_BYTES = 1 << 16;

/** Reads the files of a cgroup that ticks leave alone. Keep one for many: its buffer and parser serve again. */
export class ScrapeFiles {
  readonly #buffer = Buffer.allocUnsafeSlow(LARGEST_FILE_BYTES);
  readonly #cpuacct = new FlatKeyed(['user', 'system']);

  /** Limits in force that have metrics. */
  limits(set: CgroupSet): LimitsView {
    const files = { read: (owner: FileOwner, file: string) => this.#file(set, owner, file) };
    return viewLimits(limitsInForce(readSlices(set, ['cpu', 'memory', 'pids'], files)));
  }

  /** `io`: whether it did any. */
  read(set: CgroupSet, io: boolean): ScrapeFigures {
    const figures: ScrapeFigures = {};
    if (set.host.carriers.cpuacct?.version === 1) {
      const stat = this.#file(set, 'cpuacct', 'cpuacct.stat');
      const { user, system } = stat === undefined ? {} : this.#cpuacct.record(stat);
      figures.userUsec = user === undefined ? undefined : user * USEC_PER_TICK;
      figures.systemUsec = system === undefined ? undefined : system * USEC_PER_TICK;
    }
    if (carrierVersion(set.host, 'cpu') === 'v1') figures.cpuShares = this.#number(set, 'cpu', 'cpu.shares');
    const memory = carrierVersion(set.host, 'memory');
    if (memory === 'v2') figures.peakBytes = this.#number(set, 'memory', 'memory.peak');
    if (memory === 'v1') {
      figures.peakBytes = this.#number(set, 'memory', 'memory.max_usage_in_bytes');
      figures.failCount = this.#number(set, 'memory', 'memory.failcnt');
      figures.kernelBytes = this.#number(set, 'memory', 'memory.kmem.usage_in_bytes');
    }
    if (io && carrierVersion(set.host, 'io') === 'v1') figures.operations = this.#operations(set);
    return figures;
  }

  /** v1 counts operations apart from bytes, for throttling or, where that counts nothing, for bfq. */
  #operations(set: CgroupSet): ScrapeFigures['operations'] {
    for (const policy of ['throttle', 'bfq']) {
      const serviced = this.#file(set, 'io', `blkio.${policy}.io_serviced_recursive`);
      const devices = serviced === undefined ? [] : parseBlkioStat(undefined, serviced);
      if (devices.length > 0)
        return Object.fromEntries(devices.map(({ major, minor, reads, writes }) => [`${major}:${minor}`, { reads, writes }]));
    }
    return undefined;
  }

  #number(set: CgroupSet, owner: FileOwner, file: string): number | undefined {
    const bytes = this.#file(set, owner, file);
    return bytes === undefined ? undefined : parseNumber(bytes);
  }

  #file(set: CgroupSet, owner: FileOwner, file: string): Buffer | undefined {
    const dir = directoryOf(set, owner);
    return dir === undefined ? undefined : readInterfaceFile(`${dir}/${file}`, this.#buffer);
  }
}
