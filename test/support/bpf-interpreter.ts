/**
 * Runs a BPF program of the few instructions device programs use, with r1 pointing to `context` (u32 words). Throws on anything else,
 * on a jump out of the program and on one that goes back, as the kernel's verifier would. Answers r0.
 */
export function runDeviceProgram(program: Uint8Array, context: readonly number[]): number {
  const bytes = Buffer.from(program.buffer, program.byteOffset, program.length);
  const registers: number[] = Array(11).fill(Number.NaN);
  for (let at = 0; at < bytes.length / 8; at++) {
    const code = bytes.readUInt8(at * 8);
    const dst = bytes.readUInt8(at * 8 + 1) & 15;
    const src = bytes.readUInt8(at * 8 + 1) >> 4;
    const off = bytes.readInt16LE(at * 8 + 2);
    const imm = bytes.readInt32LE(at * 8 + 4);
    const value = registers[dst] as number;
    switch (code) {
      case 0x61: {
        const word = context[off / 4];
        if (src !== 1 || word === undefined) throw new Error(`load outside of the context at ${at}`);
        registers[dst] = word;
        break;
      }
      case 0x54:
        registers[dst] = (value & imm) >>> 0;
        break;
      case 0x74:
        registers[dst] = value >>> imm;
        break;
      case 0xb4:
        registers[dst] = imm >>> 0;
        break;
      case 0xbc:
        registers[dst] = registers[src] as number;
        break;
      case 0x55:
        if (value !== imm) at += forward(off);
        break;
      case 0x15:
        if (value === imm) at += forward(off);
        break;
      case 0x95:
        return registers[0] as number;
      default:
        throw new Error(`instruction 0x${code.toString(16)} at ${at}`);
    }
  }
  throw new Error('the program ran past its end');
}

function forward(off: number): number {
  if (off < 0) throw new Error('a jump back');
  return off;
}
