import type { Tone } from './frame.js';

export const THEMES = ['dark', 'light', 'mono'] as const;
export type ThemeName = (typeof THEMES)[number];

/** How a tone looks: SGR parameters (ECMA-48), empty for the terminal's own. */
export type Theme = Readonly<Record<Tone, string>>;

/** Sixteen colours only, which every terminal has; `mono` has none, and says all by weight and reverse video. */
export const THEME: Readonly<Record<ThemeName, Theme>> = {
  dark: {
    text: '',
    dim: '90',
    title: '1;97',
    accent: '96',
    good: '32',
    warn: '33',
    bad: '1;91',
    cursor: '7',
    marked: '1;93',
    head: '1;36',
    key: '30;46',
    rule: '90',
    chart1: '32',
    chart2: '36',
    chart3: '33',
    chart4: '35',
  },
  light: {
    text: '',
    dim: '90',
    title: '1;30',
    accent: '34',
    good: '32',
    warn: '35',
    bad: '1;31',
    cursor: '7',
    marked: '1;34',
    head: '1;34',
    key: '97;44',
    rule: '90',
    chart1: '32',
    chart2: '34',
    chart3: '35',
    chart4: '31',
  },
  mono: {
    text: '',
    dim: '',
    title: '1',
    accent: '',
    good: '',
    warn: '4',
    bad: '1;4',
    cursor: '7',
    marked: '1',
    head: '1',
    key: '7',
    rule: '',
    chart1: '',
    chart2: '',
    chart3: '',
    chart4: '',
  },
};
