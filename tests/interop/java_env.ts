/** Has Maven put into `.java`, at the root of the repository, the SDK that the tests run in Java. */
import { runIfThere } from "./tool.ts";

let made: Promise<string | undefined> | undefined;

/** The class path with the SDK on it, made on the first call; `undefined`, and a word of it, where there is no Java. */
export function javaWithOss(): Promise<string | undefined> {
  return made ??= makeEnvironment();
}

async function makeEnvironment(): Promise<string | undefined> {
  const tools = await Promise.all([runIfThere("java", "--version"), runIfThere("mvn", "--version")]);
  if (tools.includes(undefined)) {
    console.log("The tests of Java's SDK are skipped: they need java and mvn.");
    return undefined;
  }
  const folder = `${await Deno.realPath(`${import.meta.dirname}/../..`)}/.java`;
  const isThere = await Deno.stat(`${folder}/aliyun-sdk-oss-3.18.1.jar`).then(() => true, () => false);
  const pom = `${import.meta.dirname}/java/pom.xml`;
  const copy = ["dependency:copy-dependencies", `-DoutputDirectory=${folder}`];
  if (!isThere) await runIfThere("mvn", "--quiet", "--batch-mode", "--file", pom, ...copy);
  return `${folder}/*`;
}
