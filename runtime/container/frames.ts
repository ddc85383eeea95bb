const HEADER_BYTES = 8;
/** More than the shim ever sends in one frame; a longer one is not the shim talking. */
const MAX_PAYLOAD_BYTES = 1 << 20;

/** A frame of native/shim/protocol.ts: u32 payload length, u32 type, payload; little-endian. */
export function encodeFrame(type: number, payload: Uint8Array = new Uint8Array()): Buffer {
  const frame = Buffer.allocUnsafe(HEADER_BYTES + payload.length);
  frame.writeUInt32LE(payload.length, 0);
  frame.writeUInt32LE(type, 4);
  frame.set(payload, HEADER_BYTES);
  return frame;
}

/** A frame whose payload is these u32 words. */
export function encodeWords(type: number, ...words: number[]): Buffer {
  const payload = Buffer.allocUnsafe(4 * words.length);
  for (const [i, word] of words.entries()) payload.writeUInt32LE(word, 4 * i);
  return encodeFrame(type, payload);
}

/**
 * Cuts a byte stream into frames, wherever the chunks were cut. A payload that lies whole in one chunk is handed on without
 * copying, so it is valid only as long as that chunk is. Throws on a length no frame has.
 */
export class FrameParser {
  #parts: Buffer[] = [];
  #held = 0;
  #wanted = HEADER_BYTES;

  push(chunk: Buffer, onFrame: (type: number, payload: Buffer) => void): void {
    if (this.#held + chunk.length < this.#wanted) {
      this.#hold(chunk);
      return;
    }
    let bytes = this.#held === 0 ? chunk : Buffer.concat([...this.#parts, chunk]);
    this.#parts = [];
    this.#held = 0;
    for (this.#wanted = frameBytes(bytes); bytes.length >= this.#wanted; this.#wanted = frameBytes(bytes)) {
      const frame = bytes.subarray(0, this.#wanted);
      bytes = bytes.subarray(this.#wanted);
      onFrame(frame.readUInt32LE(4), frame.subarray(HEADER_BYTES));
    }
    if (bytes.length > 0) this.#hold(bytes);
  }

  #hold(bytes: Buffer): void {
    this.#parts.push(bytes);
    this.#held += bytes.length;
  }
}

/** Bytes the frame at the start needs in all, as far as can be told. */
function frameBytes(bytes: Buffer): number {
  if (bytes.length < HEADER_BYTES) return HEADER_BYTES;
  const payload = bytes.readUInt32LE(0);
  if (payload > MAX_PAYLOAD_BYTES) throw new RangeError(`a frame of ${payload} bytes is not the shim's`);
  return HEADER_BYTES + payload;
}
