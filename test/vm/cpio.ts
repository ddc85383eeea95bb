/** A file of an initramfs. */
export interface CpioEntry {
  /** Relative path, no leading slash; parents must come first. */
  name: string;
  /** File type and permissions, e.g. 0o100755, 0o040755, 0o120777. */
  mode: number;
  /** Contents, or a symlink's target. */
  data?: Buffer;
  /** Major and minor of a device node. */
  device?: [number, number];
}

const BLOCK = 4;

/** A cpio archive in the `newc` format the kernel unpacks. Source: kernel Documentation/driver-api/early-userspace/buffer-format.rst. */
export function cpio(entries: readonly CpioEntry[]): Buffer {
  const parts: Buffer[] = [];
  [...entries, { name: 'TRAILER!!!', mode: 0 }].forEach((entry: CpioEntry, index) => {
    const data = entry.data ?? Buffer.alloc(0);
    const name = Buffer.from(`${entry.name}\0`);
    const [major, minor] = entry.device ?? [0, 0];
    const fields = [index + 1, entry.mode, 0, 0, 1, 0, data.length, 0, 0, major, minor, name.length, 0];
    const header = Buffer.from(`070701${fields.map((value) => value.toString(16).padStart(8, '0')).join('')}`);
    parts.push(padded(Buffer.concat([header, name])), padded(data));
  });
  return Buffer.concat(parts);
}

function padded(data: Buffer): Buffer {
  const rest = data.length % BLOCK;
  return rest === 0 ? data : Buffer.concat([data, Buffer.alloc(BLOCK - rest)]);
}
