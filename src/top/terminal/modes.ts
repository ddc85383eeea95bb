/**
 * Alternate screen, no wrapping (what is too wide must not scroll), no reordering of right-to-left text (BDSM, which VTE knows: a name would
 * pull the figures beside it around), mouse presses by SGR reports, pastes in brackets.
 */
export const ENTER = '\x1b[?1049h\x1b[?7l\x1b[8l\x1b[?1000h\x1b[?1006h\x1b[?2004h\x1b[?25l\x1b[2J';

/** All of that back, colours reset, the cursor shown. Harmless where nothing was entered. */
export const LEAVE = '\x1b[?2026l\x1b[?2004l\x1b[?1006l\x1b[?1000l\x1b[8h\x1b[?7h\x1b[0m\x1b[?25h\x1b[?1049l';
