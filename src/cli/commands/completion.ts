import { defineCommand } from '#src/cli/command.js';
import { completionModel } from '#src/cli/completion/model.js';
import { SHELLS } from '#src/cli/completion/shells.js';
import { UsageError } from '#src/cli/flags/usage-error.js';

export const COMPLETION = defineCommand({
  usage: 'bash|zsh|fish',
  description: 'Prints a completion script: commands, flags and the names of containers.',
  flags: {},
  args: { min: 1, max: 1 },
  examples: [
    'source <(tsgov completion bash)',
    'tsgov completion zsh > ~/.zfunc/_tsgov   # a directory of $fpath',
    'tsgov completion fish > ~/.config/fish/completions/tsgov.fish',
  ],
  run: async (context, _flags, [shell]) => {
    const script = SHELLS.get(shell!);
    if (script === undefined)
      throw new UsageError(`no completion for ${JSON.stringify(shell)}: want ${[...SHELLS.keys()].join(', ')}`);
    context.stdout.write(script(await completionModel(context.commands)));
    return 0;
  },
});
