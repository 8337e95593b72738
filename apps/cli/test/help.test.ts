import { execFileSync } from 'node:child_process';
import { PassThrough, Readable } from 'node:stream';
import { expect } from 'chai';

import { completionScript } from '../src/commands/completion.ts';
import { createProgram } from '../src/program.ts';
import { run } from './given.ts';

const signal = new AbortController().signal;
const program = createProgram({
  ...{ stdin: Readable.from([]), stdout: new PassThrough(), stderr: new PassThrough() },
  ...{ directory: '/', interrupted: signal, insisted: signal },
});

describe('the help', () => {
  it('lists the commands and the exit statuses', async () => {
    const { status, stdout } = await run(['--help'], '/');
    expect(status).to.equal(0);
    expect(stdout).to.include('place [options] [file]').and.include('124  wait: the time was up');
  });

  for (const command of program.commands.filter((one) => one.name() !== 'completion')) {
    it(`of ${command.name()} has examples that can be parsed`, async () => {
      const { stdout } = await run([command.name(), '--help'], '/');
      const lines = stdout.split('Examples:\n')[1]?.trim().split('\n') ?? [];
      expect(lines).not.to.be.empty;
      for (const line of lines) {
        const [name, ...words] = line.trim().split(/ (?:[<>] .*)?/);
        expect(name).to.equal('orders');
        const used = words.filter((word) => word.startsWith('--'));
        const known = [...command.options, ...program.options].map(({ long }) => long);
        expect(known, line).to.include.members(used);
      }
    });
  }

  it('is what a mistake leads to, with status 2', async () => {
    const { status, stderr } = await run(['plaze'], '/');
    expect(status).to.equal(2);
    expect(stderr).to.include('Did you mean place?').and.include('orders --help');
  });
});

describe('the completion', () => {
  const cases: [string, string][] = [
    ['orders pl', 'place'],
    ['orders list --st', '--status'],
    ['orders list --status F', 'Failed'],
    ['orders --url x met', 'metrics'],
    ['orders completion ', 'bash zsh --url --token --json'],
    ['orders place --format ', 'ndjson csv'],
    ['orders place /etc/hos', '/etc/host.conf /etc/hostname /etc/hosts'],
  ];
  const script = completionScript(program, "/some/pro'ject", 'bash');

  for (const [line, completed] of cases) {
    it(`of "${line}" in bash is ${completed}`, () => {
      const words = line.split(' ').map((word) => `"${word}"`);
      const test = `${script}
        COMP_WORDS=(${words.join(' ')}) COMP_CWORD=${words.length - 1}
        _orders; echo "\${COMPREPLY[@]}"`;
      const found = execFileSync('bash', ['-c', test], { encoding: 'utf8' }).trim().split(' ');
      if (line.includes('/etc')) expect(found).to.include('/etc/hosts');
      else expect(found.join(' ')).to.equal(completed);
    });
  }
});
