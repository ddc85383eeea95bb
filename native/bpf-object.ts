import { basename } from 'node:path';
import { type BpfMap, bpfMap } from './bpf-map.js';
import { errnoName } from './kernel-error.js';
import { BpfError, type Libbpf, type Pointer } from './libbpf.js';

/** enum hierarchy of native/bpf/tsgov.h: whose directories' inode numbers are the cgroup ids. */
export const BPF_HIERARCHIES = ['v2', 'cpu', 'memory', 'pids', 'cpuset', 'freezer'] as const;
export type BpfHierarchy = (typeof BPF_HIERARCHIES)[number];

/** struct params of native/bpf/tsgov.h. */
export interface BpfParams {
  hierarchy: BpfHierarchy;
  /** Events to the ring buffer instead of sums in maps. */
  events: boolean;
}

/** What a program cost since it was loaded, as far as the kernel counted (BPF_ENABLE_STATS). */
export interface ProgramCost {
  program: string;
  runs: number;
  runTimeNs: number;
  /** Events it did not see, as it was already running on that CPU. */
  missed: number;
}

/** A loaded object with its programs attached; nothing of it is pinned, so it is gone with this process too. */
export interface BpfObject {
  map(name: string, sizes: { key: number; value: number }): BpfMap;
  /** Reads its ring buffer `events`: hands every record to `onRecord` when asked. */
  ring(onRecord: (record: Buffer) => void): { consume(): number };
  /** What did not fit: records into the ring, cgroups into the map. */
  drops(): { ringFull: number; mapFull: number };
  costs(): ProgramCost[];
  /** Detaches and unloads all. */
  close(): void;
}

const PARAMS_BYTES = 8;
const INFO_BYTES = 256;
/** Offsets in struct bpf_prog_info. */
const RUN_TIME_NS = 192;
const RUN_COUNT = 200;
const RECURSION_MISSES = 208;

/**
 * Loads the object at `path` for these parameters and attaches its programs; `maxEntries` sets maps' sizes, by name. Throws BpfError with
 * the verifier's last words when the kernel refuses, and leaves nothing behind.
 */
export async function loadBpfObject(
  lib: Libbpf,
  path: string,
  params: BpfParams,
  maxEntries: Readonly<Record<string, number>> = {},
): Promise<BpfObject> {
  const name = basename(path);
  const { options, log, free } = lib.openOptions();
  let object: Pointer | null = null;
  const links: Pointer[] = [];
  try {
    object = lib.openFile(path, options);
    if (object === null) throw new BpfError('KERNEL', `open BPF object ${path}: ${lib.errno()}`);
    const set = (result: number, what: string): void => {
      if (result < 0) throw new BpfError('KERNEL', `BPF object ${name}: ${what}: ${errnoName(-result)}`);
    };
    set(
      lib.setInitialValue(findMap(lib, object, '.rodata.params', name), paramBytes(params), PARAMS_BYTES),
      'set its parameters',
    );
    for (const [map, entries] of Object.entries(maxEntries))
      set(lib.setMaxEntries(findMap(lib, object, map, name), entries), `resize ${map}`);
    const result = await lib.load(object);
    if (result < 0) throw new BpfError('KERNEL', `load BPF object ${name}: ${errnoName(-result)}${lastWords(log())}`);
    const programs = programsOf(lib, object);
    for (const program of programs) {
      const link = lib.attach(program.pointer);
      if (link === null) throw new BpfError('KERNEL', `attach BPF program ${program.name} of ${name}: ${lib.errno()}`);
      links.push(link);
    }
    return loaded(lib, object, name, links, programs);
  } catch (error) {
    for (const link of links) lib.destroyLink(link);
    if (object !== null) lib.close(object);
    throw error;
  } finally {
    free();
  }
}

interface Program {
  pointer: Pointer;
  name: string;
}

function loaded(lib: Libbpf, object: Pointer, name: string, links: Pointer[], programs: readonly Program[]): BpfObject {
  const counters = bpfMap(lib, lib.mapFd(findMap(lib, object, 'counters', name)), 'counters', { key: 4, value: 8 });
  const rings: { ring: Pointer; unregister: () => void }[] = [];
  let closed = false;
  return {
    map: (map, sizes) => bpfMap(lib, lib.mapFd(findMap(lib, object, map, name)), map, sizes),
    ring: (onRecord) => {
      // An exception must not go through C: it is kept until the ring is read.
      let failures: unknown[] = [];
      const reader = lib.newRing(lib.mapFd(findMap(lib, object, 'events', name)), (record) => {
        try {
          onRecord(record);
        } catch (error) {
          failures.push(error);
        }
      });
      rings.push(reader);
      return {
        consume: () => {
          const count = closed ? 0 : lib.consumeRing(reader.ring);
          const [failure] = failures;
          failures = [];
          if (failure !== undefined) throw failure;
          return count;
        },
      };
    },
    drops: () => ({ ringFull: Number(counters.at(0)), mapFull: Number(counters.at(1)) }),
    costs: () => programs.map((program) => costOf(lib, program)),
    close: () => {
      if (closed) return;
      closed = true;
      for (const link of links) lib.destroyLink(link);
      for (const { ring, unregister } of rings) {
        lib.freeRing(ring);
        unregister();
      }
      lib.close(object);
    },
  };
}

function findMap(lib: Libbpf, object: Pointer, map: string, name: string): Pointer {
  const found = lib.findMap(object, map);
  if (found === null) throw new BpfError('KERNEL', `BPF object ${name} has no map ${map}`);
  return found;
}

function programsOf(lib: Libbpf, object: Pointer): Program[] {
  const programs: Program[] = [];
  for (let at = lib.nextProgram(object, null); at !== null; at = lib.nextProgram(object, at))
    programs.push({ pointer: at, name: lib.programName(at) });
  return programs;
}

function costOf(lib: Libbpf, program: Program): ProgramCost {
  const info = Buffer.alloc(INFO_BYTES);
  const result = lib.infoByFd(lib.programFd(program.pointer), info, new Uint32Array([INFO_BYTES]));
  if (result < 0) throw new BpfError('KERNEL', `bpf_obj_get_info_by_fd of ${program.name}: ${errnoName(-result)}`);
  return {
    program: program.name,
    runTimeNs: Number(info.readBigUInt64LE(RUN_TIME_NS)),
    runs: Number(info.readBigUInt64LE(RUN_COUNT)),
    missed: Number(info.readBigUInt64LE(RECURSION_MISSES)),
  };
}

function paramBytes({ hierarchy, events }: BpfParams): Buffer {
  const bytes = Buffer.alloc(PARAMS_BYTES);
  bytes.writeUInt32LE(BPF_HIERARCHIES.indexOf(hierarchy), 0);
  bytes.writeUInt32LE(events ? 1 : 0, 4);
  return bytes;
}

/** The verifier says why at the end. */
function lastWords(log: string): string {
  const lines = log.trim().split('\n').filter(Boolean).slice(-4);
  return lines.length === 0 ? '' : `: ${lines.join('; ')}`;
}
