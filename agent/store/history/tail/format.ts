/**
 * A tail: what was recorded last, tick by tick, on its way into history.db. After MAGIC one record a tick: u32 (little-endian) its length, then
 * numbers as varint.ts writes them:
 *
 * - how many names of figures are new, and each: its length, its bytes. They are numbered as they come.
 * - how many subjects are new, and each: the length of its facts, and these (JSON). Numbered as they come; one whose facts changed is a new one.
 * - the time, in milliseconds.
 * - to the end, each subject of the tick: its number, the length of its row, the row. A row is what changed since the subject's row before it in
 *   this file: (figures passed over × 2 + 1) for one that it has not any more, (figures passed over × 2) and the difference for another value,
 *   a whole number of the figure's decimals; what is new counts from 0.
 *
 * A write that a kill cut off is a record shorter than its length says: it and nothing else is lost.
 */
export const TAIL_MAGIC = Buffer.from('TSGH\x01');
export const LENGTH_BYTES = 4;
