export type Undo = () => unknown;

/** What was started, to be stopped in reverse. */
export interface UndoList {
  push(step: Undo): void;
  /** Runs every step once, the last first; a step that fails does not keep the others from running. Throws the first error. */
  all(): Promise<void>;
}

export function createUndo(): UndoList {
  const steps: Undo[] = [];
  return {
    push: (step) => void steps.push(step),
    async all() {
      const errors: unknown[] = [];
      for (let step = steps.pop(); step !== undefined; step = steps.pop()) {
        try {
          await step();
        } catch (error) {
          errors.push(error);
        }
      }
      if (errors.length > 0) throw errors[0];
    },
  };
}
