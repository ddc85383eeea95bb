import { promisify } from 'node:util';
import { constants, crc32, deflateRaw } from 'node:zlib';

/** Bytes compressed in one go: the streaming gzip of Node takes turns with whoever makes the text, a thread's hop for every 16 KiB. */
const PIECE = 1 << 19;
/** Pieces in threads at the same time; what is made meanwhile waits for the oldest. */
const AT_ONCE = 2;
/** A tenth of what the text is, at a third of what the best would cost. */
const LEVEL = 1;

/** ID1 ID2, deflate, no flags, no time, fastest, Unix. */
const HEADER = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 4, 3]);
/** A last block with nothing in it, of fixed codes. */
const LAST_BLOCK = Buffer.from([3, 0]);

const compress = promisify<Buffer, object, Buffer>(deflateRaw);

/**
 * Text as one gzip member, of pieces that threads compress while the next are made. Each ends at a byte's boundary (a sync flush), so that they
 * only need to stand one behind the other. Sources: RFC 1952; RFC 1951 3.2.4 (the empty stored block of a flush).
 */
export async function* gzipped(chunks: AsyncIterable<string>): AsyncGenerator<Buffer> {
  const under: Promise<Buffer>[] = [];
  let [crc, bytes] = [0, 0];
  const begin = (text: string): void => {
    const piece = Buffer.from(text);
    crc = crc32(piece, crc);
    bytes += piece.length;
    const compressing = compress(piece, { level: LEVEL, finishFlush: constants.Z_SYNC_FLUSH });
    // Asked for later; until then its failure is nobody's.
    compressing.catch(() => undefined);
    under.push(compressing);
  };
  yield HEADER;
  let text = '';
  for await (const chunk of chunks) {
    text += chunk;
    if (text.length < PIECE) continue;
    begin(text);
    text = '';
    if (under.length > AT_ONCE) yield (await under.shift()) as Buffer;
  }
  if (text !== '') begin(text);
  for (const compressing of under) yield await compressing;
  const trailer = Buffer.alloc(8);
  trailer.writeUInt32LE(crc, 0);
  trailer.writeUInt32LE(bytes % 2 ** 32, 4);
  yield Buffer.concat([LAST_BLOCK, trailer]);
}
