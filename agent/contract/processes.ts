import { type Static, Type } from 'typebox';

const NumberOrNull = Type.Union([Type.Number(), Type.Null()]);
const StringOrNull = Type.Union([Type.String(), Type.Null()]);

/** A process of a container. */
export const ProcessView = Type.Object(
  {
    pid: Type.Number({ description: "On the host, that is in the agent's pid namespace." }),
    containerPid: Type.Union([Type.Number(), Type.Null()], {
      description: "In the container's pid namespace; null when that is the host's, or the process is not in it.",
    }),
    ppid: Type.Number(),
    user: Type.Number({ description: 'Effective uid on the host.' }),
    containerUser: Type.Union([Type.Number(), Type.Null()], {
      description: 'The same uid in its user namespace; null: not mapped there.',
    }),
    userName: Type.Union([Type.String(), Type.Null()], { description: "The container's own name for it (its /etc/passwd)." }),
    hostUserName: Type.Union([Type.String(), Type.Null()], { description: "The host's name for it." }),
    group: Type.Number({ description: 'Effective gid on the host.' }),
    state: Type.String({ description: '`R` `S` `D` `Z` `T` `t` `X` `I`, as proc_pid_stat(5) has them.' }),
    threads: Type.Number(),
    kernelThread: Type.Boolean(),
    rssBytes: Type.Number(),
    swapBytes: Type.Number(),
    pssBytes: Type.Optional(
      Type.Union([Type.Number(), Type.Null()], { description: 'With `pss`: memory, that shared with others by its part.' }),
    ),
    cpuUsec: Type.Number({ description: 'Since it started.' }),
    cpuPercent: Type.Number({ description: 'Of one CPU: over `interval`, without it since the process started.' }),
    startedAt: Type.String(),
    name: Type.String({ description: 'At most 15 bytes; any characters.' }),
    command: Type.String(),
    wchan: Type.Union([Type.String(), Type.Null()], { description: 'The kernel function it sleeps in, where the kernel tells.' }),
    capabilities: Type.Array(Type.String(), { description: 'Effective, as `CAP_…`.' }),
    seccomp: Type.Union([Type.Literal('disabled'), Type.Literal('strict'), Type.Literal('filter'), Type.Null()]),
    noNewPrivs: Type.Boolean(),
    cgroup: Type.String({
      description: 'Its path in the v2 tree, or where that is `/`, in the v1 hierarchy where it is deepest.',
    }),
    openFiles: Type.Optional(Type.Union([Type.Number(), Type.Null()], { description: 'With `files`: open descriptors.' })),
    openFilesMax: Type.Optional(Type.Union([Type.Number(), Type.Null()], { description: 'With `files`: its soft limit.' })),
    depth: Type.Optional(Type.Number({ description: 'With `tree`: how many of its ancestors are in the list.' })),
  },
  { $id: 'ProcessView' },
);
export type ProcessView = Static<typeof ProcessView>;

export interface ProcessOptions {
  /** Parents before their children, with `depth`. */
  tree: boolean;
  /** Reads smaps_rollup, which costs the kernel a walk over the process's memory. */
  pss: boolean;
  files: boolean;
  /** Two samples this far apart; undefined: since each process started. */
  intervalMs: number | undefined;
}

/** A socket of a container. */
export const SocketView = Type.Object(
  {
    protocol: Type.Unsafe<SocketProtocol>(Type.Union(['tcp', 'tcp6', 'udp', 'udp6', 'unix'].map((word) => Type.Literal(word)))),
    state: Type.String({ description: '`LISTEN`, `ESTABLISHED`, `UNCONNECTED`, and the other states of TCP.' }),
    type: Type.Union([Type.Literal('stream'), Type.Literal('dgram'), Type.Literal('seqpacket')]),
    localAddress: StringOrNull,
    localPort: NumberOrNull,
    remoteAddress: StringOrNull,
    remotePort: NumberOrNull,
    path: Type.Union([Type.String(), Type.Null()], {
      description: 'Of a unix socket that has a name; `@` stands for abstract ones.',
    }),
    receiveQueueBytes: NumberOrNull,
    sendQueueBytes: NumberOrNull,
    user: Type.Union([Type.Number(), Type.Null()], { description: 'Uid on the host of who made it.' }),
    inode: Type.Number({ description: '0 for one no process has any more (TIME_WAIT).' }),
    network: Type.Number({ description: 'Inode of its network namespace.' }),
    processes: Type.Array(Type.Object({ pid: Type.Number(), fd: Type.Number(), command: Type.String() }), {
      description: "The container's processes that have it open.",
    }),
  },
  { $id: 'SocketView' },
);
export type SocketView = Static<typeof SocketView>;
export type SocketProtocol = 'tcp' | 'tcp6' | 'udp' | 'udp6' | 'unix';

/** A mount of a container's mount namespace. */
export const MountView = Type.Object(
  {
    id: Type.Number(),
    parentId: Type.Number(),
    device: Type.String({ description: '`MAJOR:MINOR`.' }),
    root: Type.String({ description: 'Directory of the filesystem that is mounted.' }),
    mountPoint: Type.String(),
    fsType: Type.String(),
    source: Type.String(),
    options: Type.Array(Type.String()),
    superOptions: Type.Array(Type.String()),
    propagation: Type.Array(Type.String(), { description: '`shared:N`, `master:N`, …; empty: private.' }),
  },
  { $id: 'MountView' },
);
export type MountView = Static<typeof MountView>;
