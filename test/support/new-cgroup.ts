import type { CgroupSet } from '#runtime/cgroup/cgroup-set.js';
import { createCgroup } from '#runtime/cgroup/create-cgroup.js';
import { detectCgroups } from '#runtime/cgroup/detect.js';
import type { Limits } from '#runtime/cgroup/limits.js';
import { type Teardown, tempCgroupParent } from './temp.js';

/** Where this machine's own files are. */
export const ROOTS = { procRoot: '/proc', sysRoot: '/sys', mountPrefix: '' };

/** A cgroup of the test's own in every hierarchy of this host, gone with it. */
export function newCgroup(t: Teardown, limits: Limits = {}): CgroupSet {
  return createCgroup(detectCgroups(ROOTS), `${tempCgroupParent(t)}/a`, limits);
}

/** A limit that is valid and that every kernel refuses. */
export const ABSENT_DISK = { major: 200, minor: 7, asked: '/dev/absent', readIops: 5 };
