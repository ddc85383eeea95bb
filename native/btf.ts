/** Bytes that follow struct btf_type, by kind: so many, and so many for each of `vlen` members. Source: kernel Documentation/bpf/btf.rst. */
const EXTRA: readonly (readonly [fixed: number, perMember: number])[] = [
  [0, 0], // void
  [4, 0], // int
  [0, 0], // ptr
  [12, 0], // array
  [0, 12], // struct
  [0, 12], // union
  [0, 8], // enum
  [0, 0], // fwd
  [0, 0], // typedef
  [0, 0], // volatile
  [0, 0], // const
  [0, 0], // restrict
  [0, 0], // func
  [0, 8], // func_proto
  [4, 0], // var
  [0, 12], // datasec
  [0, 0], // float
  [4, 0], // decl_tag
  [0, 0], // type_tag
  [0, 12], // enum64
];
const MAGIC = 0xeb9f;
const TYPE_BYTES = 12;

/**
 * The id of the type with that name and kind (8 typedef, 12 func, …) in a BTF blob such as /sys/kernel/btf/vmlinux; undefined when there is
 * none, or the blob is of a form newer than this table. Source: kernel Documentation/bpf/btf.rst.
 */
export function btfTypeId(blob: Buffer, name: string, kind: number): number | undefined {
  if (blob.length < 24 || blob.readUInt16LE(0) !== MAGIC) return undefined;
  const headerBytes = blob.readUInt32LE(4);
  const types = headerBytes + blob.readUInt32LE(8);
  const end = types + blob.readUInt32LE(12);
  const strings = headerBytes + blob.readUInt32LE(16);
  const nameOffset = blob.indexOf(Buffer.from(`\0${name}\0`), strings) + 1 - strings;
  if (nameOffset < 1 || end > blob.length) return undefined;
  let id = 1;
  for (let at = types; at + TYPE_BYTES <= end; id += 1) {
    const info = blob.readUInt32LE(at + 4);
    const typeKind = (info >>> 24) & 0x1f;
    if (typeKind === kind && blob.readUInt32LE(at) === nameOffset) return id;
    const extra = EXTRA[typeKind];
    if (extra === undefined) return undefined;
    at += TYPE_BYTES + extra[0] + extra[1] * (info & 0xffff);
  }
  return undefined;
}
