import * as check from './check.js';
import { specInvalid, specUnsupported } from './errors.js';

/** `linux.resources`: shape; what tsgov's cgroup controllers do not carry is refused by name. */
export function checkResources(value: unknown, at: string): void {
  const resources = check.object(value, at);
  for (const [key, reason] of Object.entries(UNSUPPORTED)) {
    const entry = resources[key];
    if (entry != null && Object.keys(entry).length > 0) throw specUnsupported(`${at}.${key}`, reason);
  }
  check.optional(resources.devices, `${at}.devices`, (rules, field) => check.list(rules, field, checkRule));
  check.optional(resources.cpu, `${at}.cpu`, checkNumbers(CPU));
  check.optional(resources.memory, `${at}.memory`, checkNumbers(MEMORY));
  check.optional(resources.pids, `${at}.pids`, checkNumbers({ limit: check.i64 }));
  check.optional(resources.blockIO, `${at}.blockIO`, checkBlockIo);
  check.optional(resources.hugepageLimits, `${at}.hugepageLimits`, (limits, field) =>
    check.list(limits, field, (entry, here) => {
      const limit = check.object(entry, here);
      const size = check.text(limit.pageSize, `${here}.pageSize`);
      if (!/^\d+[KMG]B$/.test(size)) throw specInvalid(`${here}.pageSize`, `must be like 2MB, not ${JSON.stringify(size)}`);
      check.u64(limit.limit, `${here}.limit`);
    }),
  );
}

const UNSUPPORTED: Readonly<Record<string, string>> = {
  network: 'net_cls and net_prio are not supported',
  rdma: 'RDMA limits are not supported',
  unified: 'raw cgroup v2 files are not supported: use the named limits',
};

type Checks = Readonly<Record<string, (value: unknown, field: string) => unknown>>;

const CPU: Checks = {
  shares: check.u64,
  quota: check.i64,
  burst: check.u64,
  period: check.u64,
  realtimeRuntime: refuseNonZero('realtime scheduling limits are not supported'),
  realtimePeriod: refuseNonZero('realtime scheduling limits are not supported'),
  cpus: check.text,
  mems: check.text,
  idle: check.integer(0, 1),
};

const MEMORY: Checks = {
  limit: check.i64,
  reservation: check.i64,
  swap: check.i64,
  swappiness: check.integer(0, 100),
  disableOOMKiller: (value, field) => {
    if (check.boolean(value, field))
      throw specUnsupported(field, 'a container that hangs instead of being OOM-killed is not supported');
  },
  useHierarchy: check.boolean,
  checkBeforeUpdate: check.boolean,
};

function checkNumbers(checks: Checks): (value: unknown, field: string) => void {
  return (value, field) => {
    const section = check.object(value, field);
    for (const [key, one] of Object.entries(checks)) check.optional(section[key], `${field}.${key}`, one);
  };
}

function refuseNonZero(reason: string): (value: unknown, field: string) => void {
  return (value, field) => {
    if (check.i64(value, field) !== 0) throw specUnsupported(field, reason);
  };
}

function checkRule(value: unknown, field: string): void {
  const rule = check.object(value, field);
  check.boolean(rule.allow, `${field}.allow`);
  check.optional(rule.type, `${field}.type`, check.oneOf(['a', 'b', 'c']));
  check.optional(rule.major, `${field}.major`, check.i64);
  check.optional(rule.minor, `${field}.minor`, check.i64);
  const access = check.optional(rule.access, `${field}.access`, check.text) ?? 'rwm';
  if (!/^[rwm]*$/.test(access)) throw specInvalid(`${field}.access`, `must be of r, w and m, not ${JSON.stringify(access)}`);
}

function checkBlockIo(value: unknown, field: string): void {
  const io = check.object(value, field);
  check.optional(io.weight, `${field}.weight`, check.integer(0, 1000));
  const throttles = ['throttleReadBpsDevice', 'throttleWriteBpsDevice', 'throttleReadIOPSDevice', 'throttleWriteIOPSDevice'];
  for (const key of throttles) {
    check.optional(io[key], `${field}.${key}`, (devices, at) =>
      check.list(devices, at, (entry, here) => {
        const device = check.object(entry, here);
        check.u32(device.major, `${here}.major`);
        check.u32(device.minor, `${here}.minor`);
        check.u64(device.rate, `${here}.rate`);
      }),
    );
  }
  for (const key of ['leafWeight', 'weightDevice']) {
    const entry = io[key];
    if (entry != null && entry !== 0 && (!Array.isArray(entry) || entry.length > 0)) {
      throw specUnsupported(`${field}.${key}`, 'weights by device are not supported');
    }
  }
}
