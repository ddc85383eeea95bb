/** A system call as a seccomp filter sees it (struct seccomp_data). */
export interface SimulatedCall {
  /** Number in the architecture's own table. */
  nr: number;
  /** AUDIT_ARCH_*. */
  arch: number;
  args?: readonly bigint[];
}

/**
 * What a filter program (struct sock_filter array, little-endian) answers to a call: a SECCOMP_RET_* value. Throws on an
 * instruction that seccomp(2) would refuse. Source: kernel Documentation/networking/filter.rst, kernel/seccomp.c.
 */
export function simulateSeccomp(program: Uint8Array, call: SimulatedCall): number {
  const code = new DataView(program.buffer, program.byteOffset, program.byteLength);
  const data = seccompData(call);
  const memory = new Uint32Array(16);
  let a = 0;
  let x = 0;
  for (let pc = 0; ; pc++) {
    const at = pc * 8;
    if (at + 8 > program.byteLength) throw new RangeError(`seccomp program: jump past its end at ${pc}`);
    const op = code.getUint16(at, true);
    const jt = code.getUint8(at + 2);
    const jf = code.getUint8(at + 3);
    const k = code.getUint32(at + 4, true);
    switch (op) {
      case 0x20: // ld [k]
        a = data.getUint32(k, true);
        break;
      case 0x80: // ld len
        a = data.byteLength;
        break;
      case 0x00: // ld #k
        a = k;
        break;
      case 0x01: // ldx #k
        x = k;
        break;
      case 0x60: // ld M[k]
        a = memory[k] ?? 0;
        break;
      case 0x61: // ldx M[k]
        x = memory[k] ?? 0;
        break;
      case 0x02: // st M[k]
        memory[k] = a;
        break;
      case 0x03: // stx M[k]
        memory[k] = x;
        break;
      case 0x07: // tax
        x = a;
        break;
      case 0x87: // txa
        a = x;
        break;
      case 0x54: // and #k
        a = (a & k) >>> 0;
        break;
      case 0x05: // ja k
        pc += k;
        break;
      case 0x15: // jeq #k
        pc += a === k ? jt : jf;
        break;
      case 0x25: // jgt #k
        pc += a > k ? jt : jf;
        break;
      case 0x35: // jge #k
        pc += a >= k ? jt : jf;
        break;
      case 0x45: // jset #k
        pc += (a & k) !== 0 ? jt : jf;
        break;
      case 0x06: // ret #k
        return k;
      case 0x16: // ret a
        return a;
      default:
        throw new RangeError(
          `seccomp program: instruction ${pc} has code 0x${op.toString(16)}, which no filter of libseccomp has`,
        );
    }
  }
}

function seccompData(call: SimulatedCall): DataView {
  const data = new DataView(new ArrayBuffer(64));
  data.setInt32(0, call.nr, true);
  data.setUint32(4, call.arch, true);
  call.args?.slice(0, 6).forEach((arg, index) => {
    data.setBigUint64(16 + index * 8, BigInt.asUintN(64, arg), true);
  });
  return data;
}

/** SECCOMP_RET_ALLOW and SECCOMP_RET_LOG let a call through; everything else does not. */
export function letsThrough(answer: number): boolean {
  const action = (answer & 0xffff0000) >>> 0;
  return action === 0x7fff0000 || action === 0x7ffc0000;
}
