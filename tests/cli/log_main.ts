import { getLogger } from "@logtape/logtape";
import { logToStandardError } from "../../lib/cli/logging.ts";

/** Logs some lines, and ends at once in the way that its argument says. */
const log = getLogger(["crosscomm", "test"]);
const logging = await logToStandardError("info");
log.info("first");
log.warn("second");
log.info("third");
switch (Deno.args[0]) {
  case "dispose":
    await logging[Symbol.asyncDispose]();
    break;
  case "exit":
    Deno.exit(0);
    break;
  case "throw":
    throw new Error("fourth");
  case "reject":
    Promise.reject(new Error("fourth"));
}
