import { errnoName } from '#native/kernel-error.js';

/** By interface file (or its family, up to the first match) and errno: what the refusal means and what to do. */
const MEANINGS: readonly (readonly [file: RegExp, errno: string, meaning: string])[] = [
  [
    /^memory\.limit_in_bytes$/,
    'EBUSY',
    'the cgroup uses more than that and it could not be reclaimed; free memory or choose a larger limit',
  ],
  [/^memory\.memsw\./, 'EBUSY', 'the cgroup uses more memory and swap than that; free some or choose a larger limit'],
  [/^memory\.(limit|memsw)/, 'EINVAL', 'memory + swap must not be less than memory'],
  [/^memory\.soft_limit/, 'EOPNOTSUPP', 'a PREEMPT_RT kernel has no soft limit'],
  [
    /^cpu\.(cfs_|max)/,
    'EINVAL',
    "outside what the kernel takes: quota 1 ms or more, period 1 ms to 1 s, burst up to the quota, and (v1) no more than the parent's share",
  ],
  [/^cpu\.(shares|weight)$/, 'EINVAL', 'an idle cgroup has no weight; set cpu.idle to false first'],
  [/^cpuset\.(cpus|mems)$/, 'EBUSY', 'a nested cgroup or a deadline task uses what would be taken away'],
  [/^cpuset\.(cpus|mems)$/, 'EACCES', "not a part of the parent's list"],
  [/^cpuset\.(cpus|mems)$/, 'EINVAL', 'not a list the kernel takes, or a sibling has it exclusively'],
  [/^cpuset\.(cpus|mems)$/, 'ENOSPC', 'a cpuset with processes cannot become empty'],
  [/^cpuset\.(cpus|mems)$/, 'ERANGE', 'a number beyond what this kernel has'],
  [/^(blkio|io)\./, 'ENODEV', 'no such whole disk; limits do not go on partitions'],
  [/^(blkio|io)\./, 'EOPNOTSUPP', 'this disk or its scheduler does not take this limit'],
  [/^(blkio|io)\.(bfq\.)?weight/, 'ERANGE', 'outside the weights the kernel takes'],
  [/^(blkio|io)\./, 'EINVAL', 'outside what the kernel takes'],
  [/^devices\./, 'EPERM', 'the parent cgroup does not have this device, or CAP_SYS_ADMIN is missing'],
  [/^devices\./, 'EINVAL', 'not a device rule the kernel takes, or the cgroup has children'],
  [
    /^cgroup\.subtree_control$/,
    'EBUSY',
    'processes sit in that cgroup itself (cgroup v2 allows them only in leaves): move them down, or choose another --cgroup-parent',
  ],
  [
    /^cgroup\.subtree_control$/,
    'EINVAL',
    'realtime tasks outside the root cgroup keep the cpu controller from it (CONFIG_RT_GROUP_SCHED), or it is threaded',
  ],
  [/^cgroup\.subtree_control$/, 'EOPNOTSUPP', 'the cgroup is threaded, which domain controllers cannot serve'],
  [/^cgroup\.subtree_control$/, 'ENOENT', 'the parent cgroup does not hand this controller down'],
  [/./, 'EACCES', 'not allowed: the file is read-only or needs root'],
  [/./, 'EPERM', 'not permitted: needs root, or a delegated cgroup'],
  [/./, 'EROFS', 'the cgroup filesystem is mounted read-only'],
  [/./, 'ENOENT', 'this kernel has no such file here'],
  [/./, 'ENODEV', 'the cgroup has been removed'],
  [/./, 'ENOMEM', 'the kernel is out of memory'],
];

/** What a refused write to a cgroup interface file means, one clause; `undefined` where we know no more than the errno says. */
export function errnoMeaning(file: string, errno: number): string | undefined {
  const name = errnoName(errno);
  return MEANINGS.find(([pattern, code]) => code === name && pattern.test(file))?.[2];
}
