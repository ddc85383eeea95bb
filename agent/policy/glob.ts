/**
 * Whether `text` is what `pattern` means: `*` any characters (with `path`, none that is `/`), `**` any at all, `?` one character, `[a-c]` and
 * `[!a]` one of a set, `\` takes the next literally. Time grows as pattern × text, whatever they are. Pure.
 */
export function globMatches(pattern: string, text: string, options: { path: boolean } = { path: false }): boolean {
  const tokens = tokensOf(pattern);
  if (tokens === undefined) return false;
  const characters = [...text];
  let reached = closure(tokens, new Set([0]));
  for (const character of characters) {
    const next = new Set<number>();
    for (const index of reached) {
      const token = tokens[index];
      if (token === undefined) continue;
      if (token.kind === 'star') {
        if (token.crosses || !options.path || character !== '/') next.add(index);
      } else if (accepts(token, character, options.path)) next.add(index + 1);
    }
    reached = closure(tokens, next);
    if (reached.size === 0) return false;
  }
  return reached.has(tokens.length);
}

/** What is wrong with a pattern; undefined: nothing. */
export function globFault(pattern: string): string | undefined {
  if (pattern === '') return 'the pattern is empty';
  if (pattern.length > MAX_LENGTH) return `the pattern is longer than ${MAX_LENGTH} characters`;
  return tokensOf(pattern) === undefined ? `${JSON.stringify(pattern)} has a [ without its ], or ends in \\` : undefined;
}

const MAX_LENGTH = 1024;

type Token =
  | { kind: 'star'; crosses: boolean }
  | { kind: 'any' }
  | { kind: 'set'; negated: boolean; ranges: [string, string][] }
  | { kind: 'literal'; character: string };

function accepts(token: Exclude<Token, { kind: 'star' }>, character: string, path: boolean): boolean {
  if (token.kind === 'literal') return token.character === character;
  if (path && character === '/') return false;
  if (token.kind === 'any') return true;
  return token.ranges.some(([from, to]) => from <= character && character <= to) !== token.negated;
}

/** Stars may also stand for nothing. */
function closure(tokens: readonly Token[], reached: Set<number>): Set<number> {
  for (const index of reached) if (tokens[index]?.kind === 'star') reached.add(index + 1);
  return reached;
}

function tokensOf(pattern: string): Token[] | undefined {
  const characters = [...pattern];
  const tokens: Token[] = [];
  for (let i = 0; i < characters.length; i += 1) {
    const character = characters[i]!;
    if (character === '*') {
      const crosses = characters[i + 1] === '*';
      while (characters[i + 1] === '*') i += 1;
      tokens.push({ kind: 'star', crosses });
    } else if (character === '?') tokens.push({ kind: 'any' });
    else if (character === '\\') {
      i += 1;
      if (characters[i] === undefined) return undefined;
      tokens.push({ kind: 'literal', character: characters[i]! });
    } else if (character === '[') {
      const negated = characters[i + 1] === '!' || characters[i + 1] === '^';
      // A ] that comes first is one of the set.
      const start = i + (negated ? 2 : 1);
      const end = characters.indexOf(']', start + 1);
      if (end < 0) return undefined;
      tokens.push({ kind: 'set', negated, ranges: rangesOf(characters.slice(start, end)) });
      i = end;
    } else tokens.push({ kind: 'literal', character });
  }
  return tokens;
}

function rangesOf(characters: readonly string[]): [string, string][] {
  const ranges: [string, string][] = [];
  for (let i = 0; i < characters.length; i += 1) {
    const from = characters[i]!;
    if (characters[i + 1] === '-' && characters[i + 2] !== undefined) {
      ranges.push([from, characters[i + 2]!]);
      i += 2;
    } else ranges.push([from, from]);
  }
  return ranges;
}
