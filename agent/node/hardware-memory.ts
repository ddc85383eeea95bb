import { readdirSync, readFileSync } from 'node:fs';
import type { HardwareView } from '#agent/contract/node.js';
import { isThere } from './feature.js';

type MemoryModule = HardwareView['memoryModules'][number];

/** Memory devices of the firmware's tables, as the kernel shows them; only root may read them. Source: DMTF DSP0134 (SMBIOS), 7.18. */
export function readMemoryModules(entriesRoot: string): MemoryModule[] {
  if (!isThere(entriesRoot)) return [];
  return readdirSync(entriesRoot)
    .filter((name) => name.startsWith('17-'))
    .sort((a, b) => Number(a.slice(3)) - Number(b.slice(3)))
    .flatMap((name) => {
      const raw = readIfAllowed(`${entriesRoot}/${name}/raw`);
      return raw === undefined ? [] : (parseMemoryDevice(raw) ?? []);
    });
}

const TYPES = new Map([
  [0x0f, 'SDRAM'],
  [0x12, 'DDR'],
  [0x13, 'DDR2'],
  [0x18, 'DDR3'],
  [0x1a, 'DDR4'],
  [0x1b, 'LPDDR'],
  [0x1c, 'LPDDR2'],
  [0x1d, 'LPDDR3'],
  [0x1e, 'LPDDR4'],
  [0x20, 'HBM'],
  [0x21, 'HBM2'],
  [0x22, 'DDR5'],
  [0x23, 'LPDDR5'],
  [0x24, 'HBM3'],
]);

/** The size in MiB does not fit: the extended one holds it. */
const EXTENDED = 0x7fff;
const UNKNOWN_SIZE = 0xffff;
const IN_KIB = 0x8000;

/** One structure of type 17; undefined for a slot without a module. */
export function parseMemoryDevice(raw: Buffer): MemoryModule | undefined {
  // Older firmware writes shorter structures: what is not there reads as 0.
  const length = Math.min(raw.length > 1 ? raw.readUInt8(1) : 0, raw.length);
  const number = (offset: number, bytes: number): number => (offset + bytes <= length ? raw.readUIntLE(offset, bytes) : 0);
  const strings = raw.subarray(length).toString('latin1').split('\0');
  const text = (offset: number): string | null => strings[number(offset, 1) - 1]?.trim() || null;
  const size = number(0x0c, 2);
  if (size === 0 || size === UNKNOWN_SIZE) return undefined;
  const mebibytes = size === EXTENDED ? number(0x1c, 4) : size;
  return {
    slot: text(0x10),
    sizeBytes: size !== EXTENDED && (size & IN_KIB) !== 0 ? (size & ~IN_KIB) * 1024 : mebibytes * 2 ** 20,
    type: TYPES.get(number(0x12, 1)) ?? null,
    megatransfersPerSecond: number(0x15, 2) || null,
    manufacturer: text(0x17),
    partNumber: text(0x1a),
  };
}

function readIfAllowed(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch (error) {
    if (['EACCES', 'ENOENT', 'EIO', 'EPERM'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error;
  }
}
