import { Argument, type Command, type Option } from 'commander';

import type { Terminal } from '../terminal.ts';

export function addCompletion(program: Command, { stdout }: Terminal): void {
  program
    .command('completion')
    .summary('completion for bash or zsh')
    .description(
      'Prints what makes a shell know the command "orders", wherever you are, and complete it.',
    )
    .addHelpText(
      'after',
      `
For your ~/.bashrc or ~/.zshrc, with the folder of this project:
  source <(npm run --silent --prefix FOLDER orders -- completion bash)
`,
    )
    .addArgument(new Argument('<shell>').choices(['bash', 'zsh']))
    .action((shell: 'bash' | 'zsh') => {
      stdout.write(completionScript(program, process.cwd(), shell));
    });
}

/**
 * A shell script with the function "orders" and its completion. Everything there is to complete
 * is in it: no process is started for a Tab.
 *
 * @param project - the folder of the project
 */
export function completionScript(program: Command, project: string, shell: 'bash' | 'zsh'): string {
  const names = program.commands.map((command) => command.name());
  const common = program.options;
  const quoted = `'${project.replaceAll("'", "'\\''")}'`;
  return `orders() { npm run --silent --prefix ${quoted} orders -- "$@"; }
_orders() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}"
  local command='' files='' words='${[...names, ...namesOf(common)].join(' ')}' word
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$word" in ${names.join('|')}) command="$word"; break ;; esac
  done
  case "$command" in
${program.commands.map((command) => caseOf(command, common)).join('\n')}
  esac
  case "$previous" in
${common.filter(takesValue).map(valuesOf).join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
  if [ -n "$files" ]; then COMPREPLY+=($(compgen -f -- "$current")); fi
}
${shell === 'zsh' ? 'autoload -U +X bashcompinit && bashcompinit\n' : ''}complete -o filenames -F _orders orders
`;
}

function caseOf(command: Command, common: readonly Option[]): string {
  const arguments_ = command.registeredArguments;
  const takesFile = arguments_.some((argument) => argument.name() === 'file');
  const choices = arguments_.flatMap(({ argChoices }) => argChoices ?? []);
  return `    ${command.name()})
      words='${[...choices, ...namesOf([...command.options, ...common])].join(' ')}'${takesFile ? ' files=1' : ''}
      case "$previous" in
${command.options.filter(takesValue).map(valuesOf).join('\n')}
      esac ;;`;
}

function namesOf(options: readonly Option[]): string[] {
  return options.flatMap(({ long }) => long ?? []);
}

function takesValue(option: Option): boolean {
  return option.required || option.optional;
}

function valuesOf({ long, argChoices }: Option): string {
  return `      ${long}) words='${argChoices?.join(' ') ?? ''}' files='' ;;`;
}
