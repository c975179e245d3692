import type { Reporter, TestModule } from 'vitest/node';

/**
 * Says at the end of a run what was skipped for want of something on this machine, and why. The default reporter only
 * counts: the reason in a suite's name stays unread as long as the rest of its file is good.
 */
export function tellSkipped(write: (text: string) => void = (text) => void process.stdout.write(text)): Reporter {
  return {
    onTestRunEnd(modules) {
      const names = modules.flatMap(skippedIn);
      if (names.length === 0) return;
      write(
        `\n Skipped on this machine (with CI=true that is a failure):\n${names.map((it) => `   ${it}\n`).join('')}\n`,
      );
    },
  };
}

function skippedIn(module: TestModule): string[] {
  return [...module.children.allSuites()].map(({ name }) => name).filter((name) => name.includes('(skipped: '));
}
