/**
 * The byte stream of attach and exec after `101 Switching Protocols` (`Connection: Upgrade`, `Upgrade: tsgov-stream`). Frames both
 * ways: u32 payload length, u32 type, payload; little-endian. The server ends with `exit` or `error` and closes.
 */
export const STREAM_PROTOCOL = 'tsgov-stream';

export const STREAM_FRAMES = {
  /** client → server: bytes for stdin; an empty payload closes it. */
  stdin: 0,
  stdout: 1,
  stderr: 2,
  /** client → server: u32 rows, u32 cols. */
  resize: 3,
  /** server → client: JSON {exitCode}. */
  exit: 4,
  /** server → client: JSON problem document. */
  error: 5,
  /** server → client: attached (to a container not yet started as well); empty. */
  ready: 6,
} as const;

export type StreamFrame = keyof typeof STREAM_FRAMES;

/** One frame as bytes. */
export function encodeStreamFrame(type: StreamFrame, payload: Uint8Array = new Uint8Array()): Buffer {
  const frame = Buffer.allocUnsafe(8 + payload.length);
  frame.writeUInt32LE(payload.length, 0);
  frame.writeUInt32LE(STREAM_FRAMES[type], 4);
  frame.set(payload, 8);
  return frame;
}

const NAMES = new Map(Object.entries(STREAM_FRAMES).map(([name, type]) => [type as number, name as StreamFrame]));
/** Larger frames are refused: no side ever sends more than 64 KiB at once. */
const MAX_PAYLOAD_BYTES = 1 << 20;

/** Feed it chunks; it calls back with whole frames. Throws RangeError on an unknown type or an oversized frame: close then. */
export function streamDecoder(onFrame: (type: StreamFrame, payload: Buffer) => void): (chunk: Buffer) => void {
  let pending: Buffer = Buffer.alloc(0);
  return (chunk) => {
    pending = pending.length === 0 ? chunk : Buffer.concat([pending, chunk]);
    while (pending.length >= 8) {
      const length = pending.readUInt32LE(0);
      const name = NAMES.get(pending.readUInt32LE(4));
      if (name === undefined || length > MAX_PAYLOAD_BYTES)
        throw new RangeError(`bad frame: type ${pending.readUInt32LE(4)}, ${length} bytes`);
      if (pending.length < 8 + length) return;
      const payload = pending.subarray(8, 8 + length);
      pending = pending.subarray(8 + length);
      onFrame(name, payload);
    }
  };
}
