/** A systemd unit's name as people write it: `\x2d` is `-`. Source: systemd.unit(5), "String Escaping". */
export function unescapeUnit(name: string): string {
  return name.replace(/\\x([0-9a-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}
