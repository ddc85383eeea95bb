const BINARY = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB', 'EiB'];
const DECIMAL = ['B', 'kB', 'MB', 'GB', 'TB', 'PB', 'EB'];

/** Bytes in binary units with four significant digits, as Docker shows memory: `64MiB`, `1.465GiB` (go-units BytesSize). */
export function binarySize(bytes: number): string {
  return scaled(bytes, 1024, BINARY, 4);
}

/** Bytes in decimal units, as Docker shows traffic: `1.45kB`, `656B` (go-units HumanSizeWithPrecision 3). */
export function decimalSize(bytes: number): string {
  return scaled(bytes, 1000, DECIMAL, 3);
}

function scaled(bytes: number, base: number, units: readonly string[], digits: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= base && unit < units.length - 1) {
    value /= base;
    unit++;
  }
  return `${significant(value, digits)}${units[unit]}`;
}

/** Like C's %.{digits}g for values under 10^digits or so: no exponent, no trailing zeros. */
function significant(value: number, digits: number): string {
  return value >= 10 ** digits ? String(Math.round(value)) : String(Number(value.toPrecision(digits)));
}
