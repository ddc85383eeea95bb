import type { Container } from './container.js';
import type { NodeContext } from './context.js';
import { checkName } from './names.js';
import { refuseRemoval, save } from './state.js';

/** Gives a container another name; call it on its queue. Throws BODY_INVALID (name), NAME_IN_USE. */
export function renameContainer(context: NodeContext, container: Container, name: string): void {
  refuseRemoval(container, 'rename');
  checkName(name);
  const from = container.record.name;
  if (from === name) return;
  context.registry.rename(container, name);
  container.record.name = name;
  save(context, container);
  context.events.emit('rename', container.subject(), { from });
}
