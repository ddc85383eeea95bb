import { closeSync, constants, openSync, readlinkSync } from 'node:fs';

/** Finds cgroups by id, the inode number of their directory, as BPF programs tell them. */
export interface CgroupById {
  /** The directory in the hierarchy mounted at `mount`; undefined: it is gone, is of another hierarchy, or we may not ask. */
  directory(mount: string, id: bigint): string | undefined;
  close(): void;
}

const FILEID_KERNFS = 0xfe;
const HANDLE_BYTES = 16;
const O_PATH = 0o10000000;

/**
 * By open_by_handle_at(2), whose handle of a file in kernfs is its id (Linux 5.5); needs CAP_DAC_READ_SEARCH. Without a search: 3 µs
 * where it is gone, 60 µs where it is not. Source: open_by_handle_at(2), linux/exportfs.h.
 */
export async function loadCgroupById(procRoot: string): Promise<CgroupById> {
  const { default: koffi } = await import('koffi');
  const open = koffi.load(null).func('int open_by_handle_at(int mountFd, void *handle, int flags)');
  const mounts = new Map<string, number>();
  const mountFd = (mount: string): number => {
    let fd = mounts.get(mount);
    if (fd === undefined) {
      fd = openSync(mount, constants.O_RDONLY | constants.O_DIRECTORY);
      mounts.set(mount, fd);
    }
    return fd;
  };
  return {
    directory: (mount, id) => {
      // struct file_handle: u32 handle_bytes, s32 handle_type, the handle.
      const handle = Buffer.alloc(HANDLE_BYTES);
      handle.writeUInt32LE(8, 0);
      handle.writeInt32LE(FILEID_KERNFS, 4);
      handle.writeBigUInt64LE(id, 8);
      const fd = open(mountFd(mount), handle, O_PATH) as number;
      if (fd < 0) return undefined;
      try {
        const path = readlinkSync(`${procRoot}/self/fd/${fd}`);
        return path.endsWith(' (deleted)') ? undefined : path;
      } finally {
        closeSync(fd);
      }
    },
    close: () => {
      for (const fd of mounts.values()) closeSync(fd);
      mounts.clear();
    },
  };
}
