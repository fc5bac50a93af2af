import type { Call } from "./call.ts";
import { type Made, type Piece, STEP } from "./catalog.ts";
import { OssError } from "./errors.ts";

/** What an object or part is to be made of. Disposing of it removes what was noted down, if it is still nobody's. */
export interface Prepared extends Disposable {
  made: Made;
}

/** Notes down what consists of more than goes at once, a few pieces a turn. @throws {OssError} `PreconditionFailed`. */
export async function prepare({ catalog, turn }: Call, pieces: Piece[]): Promise<Prepared> {
  if (pieces.length <= STEP) return { made: pieces, [Symbol.dispose]() {} };
  const holder = catalog.prepare();
  const end = () => catalog.endPrepared(holder);
  try {
    for (let done = 0; done < pieces.length; done += STEP) {
      await turn();
      if (catalog.addPrepared(holder, pieces.slice(done, done + STEP))) continue;
      throw new OssError(412, "PreconditionFailed", "What this was to be made of was replaced or removed meanwhile.");
    }
    return { made: holder, [Symbol.dispose]: end };
  } catch (error) {
    end();
    throw error;
  }
}
