import { axisTop, linePath, type Series } from '#agent/page/view/series.js';
import { h, setAttributes, setText, svg } from './dom.js';

export interface ChartLine {
  name: string;
  series: Series;
}

export interface ChartOptions {
  /** Writes a value. */
  text: (value: number) => string;
  /** The lowest top of the axis. */
  least: number;
  /** The axis ends at powers of two. */
  binary?: boolean;
}

const WIDTH = 600;
const HEIGHT = 120;

/** Lines over the last minutes. */
export function chart(title: string, lines: readonly ChartLine[], options: ChartOptions) {
  const paths = lines.map((_line, index) => svg('path', { class: `line line-${index}`, 'vector-effect': 'non-scaling-stroke' }));
  const bound = svg('line', { class: 'bound', x1: '0', x2: String(WIDTH), 'vector-effect': 'non-scaling-stroke' });
  const box = { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: 'none', role: 'img', 'aria-label': title };
  const picture = svg('svg', box, bound, ...paths);
  const top = h('span', { class: 'top' });
  const values = lines.map(({ name }, index) => {
    const value = h('b');
    return { value, element: h('span', { class: `key line-${index}` }, lines.length > 1 ? `${name} ` : '', value) };
  });
  const caption = h('figcaption', {}, h('span', { class: 'title' }, title), ...values.map(({ element }) => element), top);
  const element = h('figure', { class: 'chart' }, caption, picture);

  /** `limit` is drawn as a line where it is in sight. */
  const draw = (limit?: number): void => {
    const points = lines.flatMap(({ series }) => series.points);
    const highest = axisTop(points, limit, options);
    setText(top, `0 to ${options.text(highest)}, last ${Math.round((lines[0]?.series.spanMs ?? 0) / 60_000)} min`);
    lines.forEach(({ series }, index) => {
      setAttributes(paths[index]!, { d: linePath(series, WIDTH, HEIGHT, highest) });
      const newest = series.points.at(-1);
      setText(values[index]!.value, newest === undefined ? '' : options.text(newest.value));
    });
    const y = String(limit === undefined || limit > highest ? -10 : HEIGHT - (limit / highest) * HEIGHT + 1);
    setAttributes(bound, { y1: y, y2: y });
    const said = values.map(({ value }, index) => `${lines[index]!.name} ${value.textContent}`).join(', ');
    setAttributes(picture, { 'aria-label': `${title}: ${said}` });
  };
  return { element, draw };
}
