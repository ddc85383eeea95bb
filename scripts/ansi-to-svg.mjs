import { displayWidth } from '#src/top/text.js';

/** Size of a cell and of its letters, in the picture's units. */
const CELL = { width: 8.4, height: 17, font: 14 };
const PALETTE = ['#1d1f28', '#e05561', '#8cc265', '#d18f52', '#4aa5f0', '#c162de', '#42b3c2', '#c8ccd4'];
const BRIGHT = ['#6b7280', '#ff616e', '#a5e075', '#f0a45d', '#4dc4ff', '#de73ff', '#4cd1e0', '#f2f4f8'];
const PLAIN = { foreground: '#c8ccd4', background: '#15171e' };

/** What a terminal shows, as `tmux capture-pane -e` says it, as a picture. Each run of one colour is stretched to its cells, whatever the font. */
export function ansiToSvg(text, { columns, rows, title }) {
  const width = columns * CELL.width + 20;
  const height = rows * CELL.height + 20;
  const shapes = text.split('\n').slice(0, rows).flatMap(lineShapes);
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">
<title>${escaped(title)}</title>
<rect width="100%" height="100%" rx="6" fill="${PLAIN.background}"/>
<g transform="translate(10 10)" font-family="DejaVu Sans Mono, Menlo, Consolas, monospace" font-size="${CELL.font}">
${shapes.join('\n')}
</g>
</svg>
`;
}

function lineShapes(line, row) {
  const shapes = [];
  const style = { ...PLAIN, bold: false, reverse: false };
  let column = 0;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the sequences of colours begin with one
  for (const part of line.split(/(\x1b\[[0-9;]*m)/)) {
    if (part.startsWith('\u001b[')) {
      for (const code of part.slice(2, -1).split(';')) apply(style, Number(code || 0));
      continue;
    }
    if (part === '') continue;
    const cells = displayWidth(part);
    const [ink, paper] = style.reverse ? [style.background, style.foreground] : [style.foreground, style.background];
    const x = round(column * CELL.width);
    const width = round(cells * CELL.width);
    if (paper !== PLAIN.background)
      shapes.push(`<rect x="${x}" y="${row * CELL.height}" width="${width}" height="${CELL.height}" fill="${paper}"/>`);
    // Blanks in a row would become one, and the rest be stretched over their room.
    for (const { 0: word, index } of part.matchAll(/\S+(?: \S+)*/gu)) {
      const left = round(x + displayWidth(part.slice(0, index)) * CELL.width);
      const y = round(row * CELL.height + CELL.height * 0.76);
      const bold = style.bold ? ' font-weight="bold"' : '';
      const length = round(displayWidth(word) * CELL.width);
      shapes.push(
        `<text x="${left}" y="${y}" fill="${ink}"${bold} textLength="${length}" lengthAdjust="spacingAndGlyphs">${escaped(word)}</text>`,
      );
    }
    column += cells;
  }
  return shapes;
}

function apply(style, code) {
  if (code === 0) Object.assign(style, PLAIN, { bold: false, reverse: false });
  else if (code === 1) style.bold = true;
  else if (code === 7) style.reverse = true;
  else if (code >= 30 && code <= 37) style.foreground = PALETTE[code - 30];
  else if (code === 39) style.foreground = PLAIN.foreground;
  else if (code >= 40 && code <= 47) style.background = PALETTE[code - 40];
  else if (code === 49) style.background = PLAIN.background;
  else if (code >= 90 && code <= 97) style.foreground = BRIGHT[code - 90];
}

function round(value) {
  return Number(value.toFixed(1));
}

function escaped(text) {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
