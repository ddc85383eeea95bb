import { errnoName } from './kernel-error.js';
import { bindMallocTrim } from './malloc-trim.js';
import { TsgovError } from './tsgov-error.js';

const LIBRARY = 'libbpf.so.1';

/** libbpf is not there, or it or the kernel refused an object; the message has the verifier's last words. */
export class BpfError extends TsgovError<'UNSUPPORTED' | 'KERNEL'> {}

/** A pointer of libbpf's. */
export type Pointer = unknown;

/**
 * The calls tsgov makes of libbpf (1.0 or newer), which answer 0, or more, or a negative errno; null with errno set where they answer a
 * pointer. native/bpf-object.ts gives them types and owners. Source: libbpf's bpf.h and libbpf.h.
 */
export interface Libbpf {
  readonly version: string;
  openFile(path: string, options: Pointer): Pointer | null;
  /** In a thread of its own: it parses the kernel's types and runs the verifier, some 30 ms. */
  load(object: Pointer): Promise<number>;
  close(object: Pointer): void;
  findMap(object: Pointer, name: string): Pointer | null;
  setInitialValue(map: Pointer, data: Buffer, size: number): number;
  setMaxEntries(map: Pointer, entries: number): number;
  mapFd(map: Pointer): number;
  nextProgram(object: Pointer, previous: Pointer | null): Pointer | null;
  programName(program: Pointer): string;
  programFd(program: Pointer): number;
  attach(program: Pointer): Pointer | null;
  destroyLink(link: Pointer): number;
  lookupBatch(fd: number, from: Buffer | null, next: Buffer, keys: Buffer, values: Buffer, count: Uint32Array): number;
  lookup(fd: number, key: Buffer, value: Buffer): number;
  deleteElement(fd: number, key: Buffer): number;
  infoByFd(fd: number, info: Buffer, length: Uint32Array): number;
  /** Turns on the kernel's count of runs and run time until the descriptor it answers is closed. */
  enableStats(): number;
  /** A ring buffer's reader; `onRecord` gets a copy of each record when `consumeRing` is called. */
  newRing(mapFd: number, onRecord: (record: Buffer) => void): { ring: Pointer; unregister: () => void };
  /** How many records there were. */
  consumeRing(ring: Pointer): number;
  freeRing(ring: Pointer): void;
  /** struct bpf_object_open_opts that has the verifier write its log; valid until `free`. */
  openOptions(): { options: Pointer; log: () => string; free: () => void };
  /** Gives back to the kernel what loading left free: the kernel's types take some 30 MB, of which the C library keeps the pages. */
  trim(): void;
  /** The errno of the last call that answered null. */
  errno(): string;
}

const LOG_BYTES = 64 * 1024;
const BPF_STATS_RUN_TIME = 0;

/** Loads libbpf (`library`: another name, for tests). Throws UNSUPPORTED when the host has none, or one before 1.0. */
export async function loadLibbpf(library: string = LIBRARY): Promise<Libbpf> {
  const { default: koffi } = await import('koffi');
  let lib: ReturnType<typeof koffi.load>;
  try {
    lib = koffi.load(library);
  } catch (cause) {
    throw new BpfError('UNSUPPORTED', `BPF programs need ${library}: install the package libbpf1`, { cause });
  }
  const openOptions = koffi.struct({
    sz: 'size_t',
    object_name: 'const char *',
    relaxed_maps: 'bool',
    pin_root_path: 'const char *',
    unused: 'uint32_t',
    kconfig: 'const char *',
    btf_custom_path: 'const char *',
    kernel_log_buf: 'void *',
    kernel_log_size: 'size_t',
    kernel_log_level: 'uint32_t',
    padding: 'uint32_t',
  });
  const onSample = koffi.pointer(koffi.proto('int (void *context, void *data, size_t size)'));
  // Its messages would go to stderr; what matters of them is in the log of openOptions.
  lib.func('void *libbpf_set_print(void *print)')(null);
  const load = lib.func('int bpf_object__load(void *object)');
  const newRing = lib.func('ring_buffer__new', 'void *', ['int', onSample, 'void *', 'void *']);
  const statsOn = lib.func('int bpf_enable_stats(int type)');
  const version = (lib.func('const char *libbpf_version_string()')() as string).replace(/^v/, '');

  return {
    version,
    openFile: lib.func('void *bpf_object__open_file(const char *path, void *options)'),
    load: (object) =>
      new Promise((resolve, reject) => {
        load.async(object, (error: unknown, result: number) => (error ? reject(error) : resolve(result)));
      }),
    close: lib.func('void bpf_object__close(void *object)'),
    findMap: lib.func('void *bpf_object__find_map_by_name(void *object, const char *name)'),
    setInitialValue: lib.func('int bpf_map__set_initial_value(void *map, const void *data, size_t size)'),
    setMaxEntries: lib.func('int bpf_map__set_max_entries(void *map, uint32_t entries)'),
    mapFd: lib.func('int bpf_map__fd(void *map)'),
    nextProgram: lib.func('void *bpf_object__next_program(void *object, void *previous)'),
    programName: lib.func('const char *bpf_program__name(void *program)'),
    programFd: lib.func('int bpf_program__fd(void *program)'),
    attach: lib.func('void *bpf_program__attach(void *program)'),
    destroyLink: lib.func('int bpf_link__destroy(void *link)'),
    lookupBatch: batch(
      lib.func(
        'int bpf_map_lookup_batch(int fd, void *from, void *next, void *keys, void *values, _Inout_ uint32_t *count, void *options)',
      ),
    ),
    lookup: lib.func('int bpf_map_lookup_elem(int fd, const void *key, void *value)'),
    deleteElement: lib.func('int bpf_map_delete_elem(int fd, const void *key)'),
    infoByFd: lib.func('int bpf_obj_get_info_by_fd(int fd, void *info, _Inout_ uint32_t *length)'),
    enableStats: () => statsOn(BPF_STATS_RUN_TIME) as number,
    newRing: (mapFd, onRecord) => {
      const callback = koffi.register((_context: unknown, data: unknown, size: number) => {
        onRecord(Buffer.from(new Uint8Array(koffi.view(data, Number(size))).slice().buffer));
        return 0;
      }, onSample);
      const ring = newRing(mapFd, callback, null, null) as Pointer | null;
      if (ring === null) {
        const errno = errnoName(koffi.errno());
        koffi.unregister(callback);
        throw new BpfError('KERNEL', `ring_buffer__new: ${errno}`);
      }
      return { ring, unregister: () => koffi.unregister(callback) };
    },
    consumeRing: lib.func('int ring_buffer__consume(void *ring)'),
    freeRing: lib.func('void ring_buffer__free(void *ring)'),
    openOptions: () => {
      const log = koffi.alloc('char', LOG_BYTES);
      const options = koffi.alloc(openOptions, 1);
      koffi.encode(log, 'char', 0);
      koffi.encode(options, openOptions, {
        sz: koffi.sizeof(openOptions),
        kernel_log_buf: log,
        kernel_log_size: LOG_BYTES,
        kernel_log_level: 0,
      });
      return {
        options,
        log: () => koffi.decode(log, 'char', -1) as string,
        free: () => {
          koffi.free(options);
          koffi.free(log);
        },
      };
    },
    trim: bindMallocTrim(koffi),
    errno: () => errnoName(koffi.errno()),
  };
}

function batch(call: (...args: unknown[]) => number): Libbpf['lookupBatch'] {
  return (fd, from, next, keys, values, count) => call(fd, from, next, keys, values, count, null);
}
