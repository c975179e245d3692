/**
 * Whoever reads our output may leave (`mailwitness ... | head`). That is no error of ours: what runs until it is told to
 * stop is told to, all else ends at once. Standard error is only ever added to: nobody is left to be told, so we go on.
 * Returns whether the reader of standard output has left.
 */
export function endWhenNobodyReads(): () => boolean {
  let left = false;
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    if (left) return;
    left = true;
    // Its own handlers clean up: the mailboxes, the store, files of a check.
    if (!process.emit('SIGTERM')) process.exit(0);
  });
  process.stderr.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
  return () => left;
}
