/** Resolves at the first SIGINT or SIGTERM. A second one ends the process at once, for those who can't wait. */
export function untilToldToStop(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    const told = (signal: NodeJS.Signals): void => {
      process.off('SIGINT', told);
      process.off('SIGTERM', told);
      resolve(signal);
    };
    process.on('SIGINT', told);
    process.on('SIGTERM', told);
  });
}
