/** The fields of one CSV line (RFC 4180: a field in double quotes may hold commas, `""` is a quote); undefined when a quote stays open. */
export function csvFields(line: string): string[] | undefined {
  const fields: string[] = [];
  let field = '';
  let quoted = false;
  for (let at = 0; at < line.length; at++) {
    const character = line[at]!;
    if (quoted && character === '"' && line[at + 1] === '"') {
      field += '"';
      at++;
    } else if (character === '"' && (quoted || field === '')) quoted = !quoted;
    else if (character === ',' && !quoted) {
      fields.push(field);
      field = '';
    } else field += character;
  }
  return quoted ? undefined : [...fields, field];
}
