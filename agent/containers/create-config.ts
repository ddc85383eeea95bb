import type { CreateBody } from '#agent/contract/create.js';
import { AgentError } from '#agent/contract/errors.js';
import { parseSize, SIZE_FORMS } from '#agent/contract/size.js';
import { capabilityName } from '#runtime/spec/capabilities.js';
import {
  type ContainerConfig,
  type MountConfig,
  type NamespaceMode,
  parseImage,
  type UlimitConfig,
} from '#runtime/spec/container-config.js';
import type { OciIdMapping } from '#runtime/spec/oci.js';

/** Where root of a user namespace lands on the node; the range of the first entry that useradd(8) gives out. */
const USERNS_MAP: OciIdMapping = { containerID: 0, hostID: 100_000, size: 65_536 };

/** What only the agent knows of a body's words. */
export interface CreateContext {
  id: string;
  cgroupPath: string;
  /** The namespace of `container:REF` as a path; throws what is wrong with the reference. */
  namespacePath(ref: string, type: 'pid' | 'ipc' | 'uts' | 'net' | 'user' | 'cgroup', field: string): string;
}

/**
 * A create body as the runtime's container config. Throws BODY_INVALID or IMAGE_INVALID with the field; what the runtime checks
 * itself (names of users, capabilities, sysctls, mount options) is left to it.
 */
export function createConfig(body: CreateBody, context: CreateContext): ContainerConfig {
  const namespace = (field: 'pid' | 'ipc' | 'uts' | 'userns' | 'cgroupns', type: 'pid' | 'ipc' | 'uts' | 'user' | 'cgroup') =>
    body[field] === undefined ? undefined : namespaceMode(body[field], field, (ref) => context.namespacePath(ref, type, field));
  const image = parseImage(body.image);
  const args = [...entrypointOf(body), ...(body.command ?? [])];
  const userns = namespace('userns', 'user');
  const config = defined({
    id: context.id,
    image,
    args: args.length > 0 ? args : undefined,
    env: body.env,
    workdir: body.workdir,
    user: body.user === undefined ? undefined : String(body.user),
    groups: body.groupAdd,
    hostname: body.hostname,
    domainname: body.domainname,
    tty: body.tty,
    readonlyRootfs: body.readOnly,
    mounts: body.mounts?.map(mountConfig),
    tmpfs: body.tmpfs,
    capAdd: body.capAdd,
    capDrop: body.capDrop,
    securityOpt: body.securityOpt,
    ulimits: body.ulimits === undefined ? undefined : ulimits(body.ulimits),
    sysctls: body.sysctls === undefined ? undefined : sysctlTexts(body.sysctls),
    devices: body.devices,
    init: body.init,
    network:
      body.network === undefined
        ? undefined
        : body.network === 'none'
          ? ('none' as const)
          : namespaceMode(body.network, 'network', (ref) => context.namespacePath(ref, 'net', 'network')),
    pid: namespace('pid', 'pid'),
    ipc: namespace('ipc', 'ipc'),
    uts: namespace('uts', 'uts'),
    userns,
    cgroupns: namespace('cgroupns', 'cgroup'),
    idMappings: userns === 'private' ? { uid: [USERNS_MAP], gid: [USERNS_MAP] } : undefined,
    timeOffsets: body.timeOffsets,
    shmSizeBytes: body.shmSize === undefined ? undefined : shmSize(body.shmSize),
    oomScoreAdj: body.oomScoreAdj,
    privileged: body.privileged,
    annotations: body.annotations,
    cgroupsPath: context.cgroupPath,
  });
  checkCapabilities('capAdd', body.capAdd);
  checkCapabilities('capDrop', body.capDrop);
  if (args.length === 0 && image.kind !== 'bundle')
    throw invalid('command', `is missing, and ${body.image} has none of its own: say what to run`);
  return config;
}

function checkCapabilities(field: 'capAdd' | 'capDrop', words: readonly string[] | undefined): void {
  (words ?? []).forEach((word, index) => {
    if (word.toUpperCase() !== 'ALL' && capabilityName(word) === undefined)
      throw invalid(`${field}[${index}]`, `${JSON.stringify(word)}: ALL, or a name of capabilities(7) such as NET_ADMIN`);
  });
}

/** Whether another container's namespaces are joined, whose paths are only known at each start. */
export function joinsContainers(body: CreateBody): boolean {
  return [body.network, body.pid, body.ipc, body.uts, body.userns, body.cgroupns].some(
    (mode) => mode?.startsWith('container:') === true,
  );
}

function entrypointOf(body: CreateBody): readonly string[] {
  if (body.entrypoint === undefined || body.entrypoint === '') return [];
  return typeof body.entrypoint === 'string' ? [body.entrypoint] : body.entrypoint;
}

function namespaceMode(text: string, field: string, pathOf: (ref: string) => string): NamespaceMode {
  if (text === 'private' || text === 'host') return text;
  const ref = /^container:(.+)$/.exec(text)?.[1];
  if (ref === undefined)
    throw invalid(field, `${JSON.stringify(text)}: private, host or container:REF${field === 'network' ? ', or none' : ''}`);
  return { path: pathOf(ref) };
}

type MountInput = NonNullable<CreateBody['mounts']>[number];

function mountConfig(input: MountInput, index: number): MountConfig {
  const type = input.type ?? 'bind';
  if (type === 'bind' && input.source === undefined) throw invalid(`mounts[${index}].source`, 'a bind mount needs one');
  const options = input.readOnly === true ? [...(input.options ?? []), 'ro'] : input.options;
  return defined({ type, source: input.source, target: input.target, options });
}

/** A number that JSON has rounded is not what was asked for. */
function sysctlTexts(sysctls: Readonly<Record<string, string | number>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(sysctls).map(([key, value]) => {
      if (typeof value === 'number' && !Number.isSafeInteger(value))
        throw invalid(`sysctls.${key}`, `${value} is not a whole number up to 2^53: write it as a string`);
      return [key, String(value)];
    }),
  );
}

function ulimits(input: NonNullable<CreateBody['ulimits']>): UlimitConfig[] {
  return Array.isArray(input)
    ? input.map((text, index) => ulimit(`ulimits[${index}]`, text))
    : Object.entries(input).map(([name, value]) => ulimit(`ulimits.${name}`, `${name}=${value}`));
}

function ulimit(field: string, text: string): UlimitConfig {
  const [, name, soft, hard] = /^([a-z]+)=(-1|\d+)(?::(-1|\d+))?$/.exec(text) ?? [];
  if (name === undefined || soft === undefined)
    throw invalid(field, `${JSON.stringify(text)}: NAME=SOFT[:HARD], -1 for unlimited`);
  return { name, soft: Number(soft), hard: Number(hard ?? soft) };
}

function shmSize(value: number | string): number {
  const bytes = parseSize(value);
  if (bytes === undefined || bytes === 0) throw invalid('shmSize', `${JSON.stringify(value)}: ${SIZE_FORMS}, above 0`);
  return bytes;
}

type Defined<T> = { [K in keyof T as undefined extends T[K] ? never : K]: T[K] } & {
  [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>;
};

function defined<T extends object>(object: T): Defined<T> {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as Defined<T>;
}

function invalid(field: string, reason: string): AgentError {
  return new AgentError('BODY_INVALID', `${field} ${reason}`, { field });
}
