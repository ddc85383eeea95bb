import { errnoName } from '#native/kernel-error.js';
import { type ArgKind, OPS, type OpName } from '#runtime/tape/ops.js';

/** An op as it stands in the bytes: arguments by name; numbers are unsigned, u64 a bigint. */
export interface DecodedOp {
  op: OpName;
  tolerate: string[];
  args: Record<string, unknown>;
}

export interface DecodedTape {
  magic: string;
  version: number;
  slots: number;
  inherited: number;
  reserved: bigint;
  ops: DecodedOp[];
}

/** Reads an encoded tape back, written from docs/architecture.md rather than from the encoder, for comparing with what was packed. */
export function decodeTape(bytes: Buffer): DecodedTape {
  const count = bytes.readUInt32LE(8);
  const arena = bytes.subarray(32 + count * 64);
  if (arena.length !== bytes.readUInt32LE(20))
    throw new Error(`arena of ${arena.length} bytes, header says ${bytes.readUInt32LE(20)}`);
  return {
    magic: bytes.toString('latin1', 0, 4),
    version: bytes.readUInt32LE(4),
    slots: bytes.readUInt32LE(12),
    inherited: bytes.readUInt32LE(16),
    reserved: bytes.readBigUInt64LE(24),
    ops: Array.from({ length: count }, (_, index) => decodeOp(bytes.subarray(32 + index * 64, 96 + index * 64), arena)),
  };
}

function decodeOp(record: Buffer, arena: Buffer): DecodedOp {
  const code = record.readUInt16LE(0);
  const found = Object.entries(OPS).find(([, def]) => def.code === code);
  if (found === undefined) throw new Error(`unknown code ${code}`);
  const kinds = Object.entries(found[1].args as Record<string, ArgKind>);
  const words = Array.from({ length: 7 }, (_, index) => record.readBigUInt64LE(8 + index * 8));
  if (words.slice(kinds.length).some((word) => word !== 0n)) throw new Error(`${found[0]}: unused argument is not zero`);
  return {
    op: found[0] as OpName,
    tolerate: [2, 4, 6]
      .map((offset) => record.readUInt16LE(offset))
      .filter(Boolean)
      .map(errnoName),
    args: Object.fromEntries(kinds.map(([name, kind], index) => [name, decodeArg(kind, words[index]!, arena)])),
  };
}

function decodeArg(kind: ArgKind, word: bigint, arena: Buffer): unknown {
  const low = Number(word & 0xffffffffn);
  switch (kind) {
    case 'u64':
      return word;
    case 'str':
      return stringAt(arena, low);
    case 'str?':
      return low === 0xffffffff ? undefined : stringAt(arena, low);
    case 'slot?':
      return low === 0xffffffff ? undefined : low;
    case 'bytes':
      return [...arena.subarray(low, low + Number(word >> 32n))];
    case 'strv':
      return Array.from({ length: arena.readUInt32LE(low) }, (_, index) =>
        stringAt(arena, arena.readUInt32LE(low + 4 + index * 4)),
      );
    default:
      return low;
  }
}

function stringAt(arena: Buffer, offset: number): string {
  const end = arena.indexOf(0, offset);
  if (end < 0 || offset >= arena.length) throw new Error(`string at ${offset} does not end in the arena`);
  return arena.toString('utf8', offset, end);
}
