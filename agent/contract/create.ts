import { type Static, Type } from 'typebox';
import { LimitsInput } from './limits.js';

const closed = { additionalProperties: false };
const Strings = Type.Array(Type.String());
const Dictionary = Type.Record(Type.String(), Type.String());
const NumberOrText = Type.Union([Type.Number(), Type.String()]);
/** Of values that are numbers as often as not. */
const Figures = Type.Record(Type.String(), NumberOrText);

export const MountInput = Type.Object(
  {
    type: Type.Optional(Type.Union([Type.Literal('bind'), Type.Literal('tmpfs')])),
    source: Type.Optional(Type.String()),
    target: Type.String(),
    options: Type.Optional(Strings),
    readOnly: Type.Optional(Type.Boolean({ description: 'The option `ro`.' })),
  },
  closed,
);

/** `POST /v1/containers`. The fields of the outer contract first, then those the command line's other flags need. */
export const CreateBody = Type.Object(
  {
    name: Type.Optional(Type.String()),
    image: Type.String({ description: '`host:`, `rootfs:DIR` or `bundle:DIR`.' }),
    command: Type.Optional(Strings),
    entrypoint: Type.Optional(Type.Union([Type.String(), Strings])),
    env: Type.Optional(Strings),
    labels: Type.Optional(Dictionary),
    workdir: Type.Optional(Type.String()),
    user: Type.Optional(NumberOrText),
    hostname: Type.Optional(Type.String()),
    tty: Type.Optional(Type.Boolean()),
    stdin: Type.Optional(Type.Boolean()),
    restart: Type.Optional(Type.String({ description: '`no`, `always`, `unless-stopped`, `on-failure[:N]`.' })),
    network: Type.Optional(Type.String({ description: '`private` (own, loopback only), `none` (the same), `host`.' })),
    mounts: Type.Optional(Type.Array(MountInput)),
    capAdd: Type.Optional(Strings),
    capDrop: Type.Optional(Strings),
    securityOpt: Type.Optional(Strings),
    ulimits: Type.Optional(Type.Union([Strings, Figures], { description: '`nofile=1024:2048`.' })),
    sysctls: Type.Optional(Figures),
    limits: Type.Optional(LimitsInput),

    domainname: Type.Optional(Type.String()),
    readOnly: Type.Optional(Type.Boolean()),
    tmpfs: Type.Optional(Strings),
    devices: Type.Optional(Strings),
    init: Type.Optional(Type.Boolean()),
    autoRemove: Type.Optional(Type.Boolean()),
    stopSignal: Type.Optional(Type.String()),
    stopTimeout: Type.Optional(Type.Number({ description: 'Seconds until SIGKILL; -1: never.' })),
    oomScoreAdj: Type.Optional(Type.Number()),
    shmSize: Type.Optional(Type.Union([Type.Number(), Type.String()])),
    pid: Type.Optional(Type.String({ description: '`private`, `host` or `container:REF`; so are the next four.' })),
    ipc: Type.Optional(Type.String()),
    uts: Type.Optional(Type.String()),
    userns: Type.Optional(Type.String()),
    cgroupns: Type.Optional(Type.String()),
    privileged: Type.Optional(Type.Boolean()),
    groupAdd: Type.Optional(Strings),
    timeOffsets: Type.Optional(Type.Record(Type.String(), Type.Object({ secs: Type.Number(), nanosecs: Type.Number() }, closed))),
    annotations: Type.Optional(Dictionary),
    cgroupParent: Type.Optional(Type.String()),
  },
  { ...closed, $id: 'CreateBody' },
);
export type CreateBody = Static<typeof CreateBody>;

export const Created = Type.Object(
  { id: Type.String(), name: Type.String(), warnings: Type.Optional(Strings) },
  { $id: 'Created' },
);
export type Created = Static<typeof Created>;

/** `POST …/exec`. Without an upgrade the answer is {exitCode, stdout, stderr} when it has ended; with `detach`, 202 {id} at once. */
export const ExecBody = Type.Object(
  {
    command: Type.Array(Type.String(), { minItems: 1, description: 'the program and its arguments' }),
    env: Type.Optional(Strings),
    workdir: Type.Optional(Type.String()),
    user: Type.Optional(NumberOrText),
    tty: Type.Optional(Type.Boolean()),
    stdin: Type.Optional(Type.Boolean()),
    privileged: Type.Optional(Type.Boolean()),
    detach: Type.Optional(Type.Boolean()),
    rows: Type.Optional(Type.Number()),
    cols: Type.Optional(Type.Number()),
  },
  { ...closed, $id: 'ExecBody' },
);
export type ExecBody = Static<typeof ExecBody>;

export const ExecResult = Type.Object(
  { exitCode: Type.Number(), stdout: Type.String(), stderr: Type.String() },
  { $id: 'ExecResult' },
);
export type ExecResult = Static<typeof ExecResult>;

export const StopBody = Type.Object(
  {
    timeout: Type.Optional(Type.Union([Type.Number(), Type.String()], { description: 'Until SIGKILL; -1: never.' })),
    signal: Type.Optional(Type.String()),
  },
  closed,
);
export const KillBody = Type.Object({ signal: Type.Optional(Type.Union([Type.Number(), Type.String()])) }, closed);
export const FreezeBody = Type.Object(
  { for: Type.Optional(Type.Union([Type.Number(), Type.String()], { description: 'Seconds, or with ms s m h.' })) },
  closed,
);
