import { assert, assertEquals } from "@std/assert";
import { ObjectStore } from "../../lib/object_store/object_store.ts";
import { until } from "../support/inbox.ts";
import { lentSigner } from "../support/lent_signer.ts";
import { RawClient } from "../support/raw_client.ts";
import { startHub, tempFolder } from "../support/start_hub.ts";
import { BUCKET, Signer, type StoreRequest } from "./signer.ts";

const SIZE = 100 * 1024;

/** Sends a request that succeeds, and gives the answer. */
type Ask = (method: string, key: string, rest?: Partial<StoreRequest>) => Promise<string>;

async function textOf(response: Response): Promise<string> {
  const text = await response.text();
  assert(response.ok, `${response.status} ${text}`);
  return text;
}

/** Begins an upload, all of whose parts are copies of one object; gives what completes it. */
async function beginUpload(ask: Ask, key: string, count: number): Promise<Partial<StoreRequest>> {
  const source = `${key}_source`;
  await ask("PUT", source, { body: new Uint8Array(SIZE) });
  const uploadId = /<UploadId>(\w+)/.exec(await ask("POST", key, { subresources: { uploads: "" } }))![1]!;
  const headers = { "x-oss-copy-source": `/${BUCKET}/${source}` };
  let parts = "";
  for (let number = 1; number <= count; number++) {
    const copied = await ask("PUT", key, { subresources: { uploadId, partNumber: `${number}` }, headers });
    parts += `<Part><PartNumber>${number}</PartNumber>${/<ETag>.*<\/ETag>/.exec(copied)![0]}</Part>`;
  }
  await ask("DELETE", source);
  return { subresources: { uploadId }, body: `<CompleteMultipartUpload>${parts}</CompleteMultipartUpload>` };
}

Deno.test("messages pass while an upload of many parts is completed, and its object copied", async () => {
  await using hub = await startHub({ minFreeBytes: 0 });
  await using ann = await RawClient.connect(hub.port);
  const signer = await lentSigner(hub.port, ann);
  const ask: Ask = async (method, key, rest) => await textOf(await signer.object(method, key, rest));
  await using bob = await RawClient.login(hub.port, "bob");
  /** How long one message takes at most, as a share of the time that the work takes. */
  const longestWait = async (work: Promise<unknown>) => {
    let isOver = false;
    work = work.finally(() => isOver = true);
    const begin = performance.now();
    let longest = 0;
    for (let n = 0, sent = begin; !isOver; n++, sent = performance.now()) {
      ann.sendFrame({ to_client_id: "bob", content: n });
      assertEquals((await bob.next("text")).content, n);
      longest = Math.max(longest, performance.now() - sent);
    }
    await work;
    return longest / (performance.now() - begin);
  };
  const key = "cross_comm/ann/key";
  let [completing, copying] = [1, 1];
  for (let round = 0; round < 3; round++) { // for once the machine may stand still
    const completion = await beginUpload(ask, key, 1000);
    completing = Math.min(completing, await longestWait(ask("POST", key, completion)));
    const headers = { "x-oss-copy-source": `/${BUCKET}/${key}` };
    copying = Math.min(copying, await longestWait(ask("PUT", "cross_comm/ann/copy", { headers })));
  }
  assert(completing < 0.5 && copying < 0.5, `a message took ${completing} and ${copying} of all that time`);
});

Deno.test("where a hub is killed while it completes an upload, there is the object or the upload, and nothing besides", async () => {
  await using folder = await tempFolder();
  const COUNT = 300;
  const open = async (name: string) => {
    const store = await ObjectStore.open({ folder: `${folder.path}/${name}`, bucket: BUCKET, minFreeBytes: 0 });
    const signer = new Signer(0, store.owner);
    const ask = async (method: string, key: string, rest: Partial<StoreRequest> = {}, turn?: () => Promise<void>) => {
      const { url, init } = signer.prepare({ method, path: `/${BUCKET}/${key}`, ...rest });
      const { headers, body } = new Request(url, init);
      if (rest.body instanceof Uint8Array) headers.set("content-length", `${rest.body.length}`);
      return await textOf(await store.handle({ method, url, headers, body, turn }));
    };
    return { store, ask };
  };
  const { store, ask } = await open("store");
  const completion = await beginUpload(ask, "key", COUNT);
  const copies: string[] = [];
  const copyAll = () => { // what a kill would leave
    copies.push(`copy${copies.length}`);
    copyFolder(`${folder.path}/store`, `${folder.path}/${copies.at(-1)}`);
    return Promise.resolve();
  };
  await ask("POST", "key", completion, copyAll);
  const uncompleted = copies.length;
  while (copies.length < uncompleted + 10) {
    await copyAll();
    await new Promise((resolve) => setTimeout(resolve));
  }
  await store.close();

  let uploads = 0;
  for (const name of copies) {
    const { store, ask } = await open(name);
    assertEquals(store.usage().bytes, COUNT * SIZE);
    if (store.usage().objects === 0) {
      await ask("POST", "key", completion);
      uploads++;
    }
    assertEquals(store.usage(), { objects: 1, bytes: COUNT * SIZE });
    assertEquals((await ask("GET", "key")).length, COUNT * SIZE);
    await ask("DELETE", "key");
    assertEquals(store.usage(), { objects: 0, bytes: 0 });
    await until(() => filesIn(`${folder.path}/${name}/content`).length === 0, `${name} has no content any more`);
    await store.close();
  }
  assertEquals(uploads, uncompleted);
});

/** The paths of all files in a folder, from there on. */
function filesIn(folder: string): string[] {
  return Array.from(
    Deno.readDirSync(folder),
    ({ name, isDirectory }) => isDirectory ? filesIn(`${folder}/${name}`).map((path) => `${name}/${path}`) : [name],
  ).flat();
}

function copyFolder(from: string, to: string): void {
  for (const path of filesIn(from)) {
    Deno.mkdirSync(`${to}/${path}`.replace(/[^/]+$/, ""), { recursive: true });
    Deno.copyFileSync(`${from}/${path}`, `${to}/${path}`);
  }
}
