const UNITS = ['B', 'K', 'M', 'G', 'T', 'P'];

/** Bytes in at most five characters: `512B`, `1.5G`, `1023M`. */
export function sizeText(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${value < 9.95 && unit > 0 ? value.toFixed(1) : Math.round(value)}${UNITS[unit]}`;
}

/** A share in at most four characters: `0.3`, `12`, `100`. */
export function percentText(percent: number): string {
  return percent < 9.95 && percent > 0 ? percent.toFixed(1) : String(Math.round(percent));
}
