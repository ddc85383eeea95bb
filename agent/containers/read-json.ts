import { readFileSync } from 'node:fs';

/** A JSON file's value. Throws Error whose message starts with the path, and has line and column where the text is no JSON. */
export function readJson(path: string): unknown {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new Error(code === 'ENOENT' ? `${path} is not there` : `${path}: ${(error as Error).message}`, { cause: error });
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Error(`${path}, ${placeOf(text, (error as Error).message)}`, { cause: error });
  }
}

function placeOf(text: string, message: string): string {
  const [reason = message] = message.split(/(?:,? in JSON)? at position |, (?:\.\.\.)?"/);
  const before = text.slice(0, positionOf(text, message)).split('\n');
  return `line ${before.length}, column ${before.at(-1)!.length + 1}: ${reason}`;
}

/** V8 says a position, or only which token it did not expect: then the shortest beginning of the text with that complaint ends in it. */
function positionOf(text: string, message: string): number {
  const [, position] = / at position (\d+)/.exec(message) ?? [];
  if (position !== undefined) return Number(position);
  if (!message.startsWith('Unexpected token')) return text.length;
  let [fine, wrong] = [0, text.length];
  while (wrong - fine > 1) {
    const middle = (fine + wrong) >> 1;
    if (complaint(text.slice(0, middle)).startsWith('Unexpected token')) wrong = middle;
    else fine = middle;
  }
  return fine;
}

function complaint(text: string): string {
  try {
    JSON.parse(text);
    return '';
  } catch (error) {
    return (error as Error).message;
  }
}
