/** A text that is typed in, and where in it the cursor is, in characters. */
export interface Edited {
  readonly text: string;
  readonly caret: number;
}

/** What a key makes of it; keys that edit nothing leave it as it is. Pure. */
export function edited({ text, caret }: Edited, key: string): Edited {
  const characters = [...text];
  const without = (from: number, to: number): Edited => ({
    text: [...characters.slice(0, from), ...characters.slice(to)].join(''),
    caret: from,
  });
  switch (key) {
    case 'left':
      return { text, caret: Math.max(0, caret - 1) };
    case 'right':
      return { text, caret: Math.min(characters.length, caret + 1) };
    case 'home':
    case 'C-a':
      return { text, caret: 0 };
    case 'end':
    case 'C-e':
      return { text, caret: characters.length };
    case 'backspace':
      return caret === 0 ? { text, caret } : without(caret - 1, caret);
    case 'delete':
      return without(caret, caret + 1);
    case 'C-u':
      return without(0, caret);
    case 'C-k':
      return without(caret, characters.length);
    default: {
      const typed = key === 'space' ? ' ' : key;
      if ([...typed].length !== 1) return { text, caret };
      return { text: [...characters.slice(0, caret), typed, ...characters.slice(caret)].join(''), caret: caret + 1 };
    }
  }
}
