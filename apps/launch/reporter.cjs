const { writeSync } = require('node:fs');
const { reporters } = require('mocha');

const LINGER_MS = 5000;

/**
 * Mocha's spec reporter, and after it one line by itself that says how it went:
 * `N passed, N failed, N skipped`. The option `failedChecks` is added to what failed.
 *
 * The run also fails when no test was run, and when the process is still alive five seconds after
 * the last test (or the option `lingerMs`): then something was left open, and what it is gets named.
 */
module.exports = class Reporter extends reporters.Spec {
  constructor(runner, options) {
    super(runner, options);
    // Mocha makes its exit status of runner.failures, right after this listener.
    runner.once('end', () => {
      const { passes, failures, pending } = runner.stats;
      runner.failures += Number(options.reporterOptions?.failedChecks ?? 0);
      if (passes + failures === 0) runner.failures += say('No test was run.');

      setTimeout(
        () => {
          const open = process.getActiveResourcesInfo().join(', ');
          runner.failures += say(`Still open after the tests, and closed by force: ${open}`);
          process.on('exit', () => {
            process.exitCode = 1;
          });
          process.exit();
        },
        Number(options.reporterOptions?.lingerMs ?? LINGER_MS),
      ).unref();

      process.on('exit', () => {
        writeSync(1, `\n${passes} passed, ${runner.failures} failed, ${pending} skipped\n`);
      });
    });
  }
};

/** @returns 1: one thing that failed */
function say(what) {
  writeSync(2, `\n${what}\n`);
  return 1;
}
