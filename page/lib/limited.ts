/** Requests that a view sends for each of its rows, a few at the same time. An account has few concurrent executions. */

const AT_ONCE = 4;
const waiting: (() => void)[] = [];
let busy = 0;

/** Do some work when it's its turn, in order. */
export async function limited<Result>(work: () => Promise<Result>): Promise<Result> {
  if (busy >= AT_ONCE) await new Promise<void>((resume) => waiting.push(resume));
  else busy += 1;
  try {
    return await work();
  } finally {
    // The turn goes to the next one that waits.
    const next = waiting.shift();
    if (next) next();
    else busy -= 1;
  }
}
