import { buildBoard } from './board.js';
import { BOARDS } from './boards.js';

/** Every dashboard as a file of dashboards/grafana: name → text. */
export function boardFiles(): Map<string, string> {
  return new Map(BOARDS.map((board) => [`${board.name}.json`, `${JSON.stringify(buildBoard(board), null, 2)}\n`]));
}
