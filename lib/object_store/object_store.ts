import { getLogger } from "@logtape/logtape";
import { readAddress } from "./address.ts";
import { BlobFiles } from "./blob_files.ts";
import { checkName } from "./buckets.ts";
import type { Store } from "./call.ts";
import { Catalog } from "./catalog.ts";
import { type AccessKey, Credentials, type Grant, type IsStillValid } from "./credentials.ts";
import { Database } from "./database.ts";
import { fromSystemError, OssError } from "./errors.ts";
import { Expiry } from "./expiry.ts";
import { readPage } from "./listing.ts";
import { Rights } from "./rights.ts";
import { Rubbish } from "./rubbish.ts";
import { DEFAULT_SETTINGS, type ObjectStoreSettings } from "./settings.ts";
import { Space } from "./space.ts";
import { Uploads } from "./uploads.ts";
import { writeXml } from "./xml.ts";

const log = getLogger(["crosscomm", "store"]);

/** A request, with its address as it was sent: `Request` itself would normalise it, which breaks signatures. */
export interface StoreRequest extends Pick<Request, "method" | "url" | "headers" | "body"> {
  /** Waited for between two pieces of long work, that others may be heard. */
  turn?(): Promise<void>;
}

/** An object, as a listing shows it. */
export interface ListedObject {
  key: string;
  size: number;
  /** When it was last written, in milliseconds since 1970. */
  modified: number;
}

/** How much a store holds. */
export interface Usage {
  objects: number;
  /** Unfinished uploads included. */
  bytes: number;
}

/** Aliyun OSS on the disk of this machine, for all SDKs that speak its protocol. */
export class ObjectStore implements AsyncDisposable {
  readonly settings: ObjectStoreSettings;
  readonly #credentials: Credentials;
  readonly #isStillValid: IsStillValid;
  readonly #database: Database;
  readonly #store: Store;
  readonly #expiry: Expiry;
  readonly #closing = new AbortController();
  readonly #answering = new Set<Promise<Response>>();
  readonly #removing: Removing;
  readonly #rubbish: Rubbish;
  #closed: Promise<void> | undefined;

  private constructor(
    settings: ObjectStoreSettings,
    credentials: Credentials,
    isStillValid: IsStillValid,
    database: Database,
    store: Store,
    removing: Removing,
    rubbish: Rubbish,
  ) {
    this.settings = settings;
    this.#credentials = credentials;
    this.#isStillValid = isStillValid;
    this.#database = database;
    this.#store = store;
    this.#removing = removing;
    this.#rubbish = rubbish;
    this.#expiry = new Expiry(settings, store.catalog, store.uploads);
  }

  /**
   * Opens the store in a folder, which is made when it is not there. What a kill left behind is cleared away.
   * `isStillValid` is asked at each request with a client's key.
   *
   * @throws {Error} where the folder cannot be used: another hub has it, a file in it is damaged, no permission.
   */
  static async open(
    options: Pick<ObjectStoreSettings, "folder"> & Partial<ObjectStoreSettings>,
    isStillValid: IsStillValid = () => true,
  ): Promise<ObjectStore> {
    const settings = { ...DEFAULT_SETTINGS, ...options };
    checkName(settings.bucket);
    const { folder, bucket } = settings;
    await Deno.mkdir(folder, { recursive: true, mode: 0o700 });
    const blobs = await BlobFiles.open(`${folder}/content`);
    // Content that a new index knows nothing of would be swept: all that there is.
    const database = await Database.open(`${folder}/index.sqlite`, !blobs.isEmpty);
    try {
      const credentials = await Credentials.open(`${folder}/credentials.json`);
      const removing = new Removing(database, blobs);
      const rubbish = new Rubbish(() => catalog.removeRubbish() || uploads.removeRubbish());
      const catalog: Catalog = new Catalog(database, (unused) => removing.add(unused), () => rubbish.found());
      const uploads = new Uploads(catalog);
      // What a damaged index does not know may well be somebody's.
      const swept = await blobs.sweep((blob) => catalog.uses(blob), () => database.checkSound());
      if (swept > 0) log.info("Removed {swept} content files that belonged to nothing", { swept });
      catalog.addBucket(bucket);
      rubbish.found();
      const store = { catalog, blobs, uploads, space: new Space(settings, catalog) };
      return new ObjectStore(settings, credentials, isStillValid, database, store, removing, rubbish);
    } catch (error) {
      await database[Symbol.asyncDispose]();
      throw database.named(error);
    }
  }

  /** The key that may do everything. */
  get owner(): AccessKey {
    return this.#credentials.owner;
  }

  /**
   * A key for a client, for a while: it writes under its own prefix and reads what it knows the name of. `subject` is
   * whose its login is.
   */
  grant(clientId: string, lifetimeSeconds: number, subject = ""): Grant {
    return this.#credentials.grant(clientId, lifetimeSeconds, subject);
  }

  /** Answers a request. Never rejects. */
  async handle(request: StoreRequest): Promise<Response> {
    const id = requestId();
    const answering = this.#answer(request).catch((error) => this.#refuse(request, id, error));
    this.#answering.add(answering);
    const response = await answering;
    this.#answering.delete(answering);
    response.headers.set("x-oss-request-id", id);
    // Deno 2.4 compresses answers by itself, which weakens their ETag and hides their length.
    if (/gzip|br/.test(request.headers.get("accept-encoding") ?? "")) {
      response.headers.append("cache-control", "no-transform");
    }
    return response;
  }

  /** How much there is. */
  usage(): Usage {
    const buckets = this.#store.catalog.buckets();
    return {
      objects: buckets.reduce((sum, { objects }) => sum + objects, 0),
      bytes: buckets.reduce((sum, { bytes }) => sum + bytes, 0),
    };
  }

  /** The objects of the store's own bucket whose keys begin with `prefix`, in order. */
  *list(prefix = ""): Generator<ListedObject, void> {
    const bucket = this.#store.catalog.bucket(this.settings.bucket);
    if (bucket === undefined) return;
    let marker: string | undefined = "";
    while (marker !== undefined) {
      const page = readPage(this.#store.catalog, bucket, { prefix, delimiter: "", marker, max: 1000 });
      for (const { key, size, modified } of page.objects) yield { key, size, modified };
      marker = page.next;
    }
  }

  /** Removes an object of the store's own bucket. False where there was none. */
  async remove(key: string): Promise<boolean> {
    const bucket = this.#store.catalog.bucket(this.settings.bucket);
    if (bucket === undefined || !this.#store.catalog.removeObject(bucket, key)) return false;
    await this.#database.safe();
    return true;
  }

  /** Gives up the uploads that are arriving, and lets go of the folder. Calling it twice does no harm. */
  close(): Promise<void> {
    return this.#closed ??= this.#close();
  }

  /** As {@linkcode ObjectStore.close}. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #answer(request: StoreRequest): Promise<Response> {
    // What is for requests alone is loaded at the first one: a hub starts earlier without.
    const [{ authenticate }, { route }] = await Promise.all([import("./authentication.ts"), import("./routes.ts")]);
    if (this.#closing.signal.aborted) throw new OssError(503, "ServiceUnavailable", "The store is closing.");
    const { method, headers } = request;
    const address = readAddress(request.url, headers.get("host") ?? "");
    const { holder, target } = authenticate(this.#credentials, this.#isStillValid, method, headers, address);
    return await route({
      ...this.#store,
      ...target,
      method,
      headers,
      query: address.query,
      body: { stream: request.body, headers, maxSilence: this.settings.maxSilence, signal: this.#closing.signal },
      rights: new Rights(holder, this.settings.bucket),
      turn: () => request.turn?.() ?? Promise.resolve(),
    });
  }

  #refuse(request: StoreRequest, id: string, error: unknown): Response {
    let refusal = error instanceof OssError ? error : fromSystemError(error);
    if (refusal === undefined) {
      log.error("The request {id} failed: {error}", { id, error });
      refusal = new OssError(500, "InternalError", "The store failed. What happened is in the log of the hub.");
    }
    const { status, code, message, details, headers } = refusal;
    log.debug("{method} refused: {code} ({id})", { method: request.method, code, id });
    if (status === 304) return new Response(null, { status, headers });
    const xml = writeXml(["Error", [
      ["Code", code],
      ["Message", message],
      ["RequestId", id],
      ["HostId", request.headers.get("host") ?? ""],
      ...Object.entries(details),
    ]]);
    if (request.method === "HEAD") {
      // There is no body to say it in.
      const encoded = btoa(Array.from(new TextEncoder().encode(xml), (byte) => String.fromCharCode(byte)).join(""));
      return new Response(null, { status, headers: { ...headers, "x-oss-err": encoded } });
    }
    return new Response(xml, { status, headers: { ...headers, "content-type": "application/xml" } });
  }

  async #close(): Promise<void> {
    this.#closing.abort();
    await Promise.all(this.#answering);
    await this.#expiry[Symbol.asyncDispose]();
    await this.#rubbish[Symbol.asyncDispose]();
    await this.#removing.finished;
    await this.#database[Symbol.asyncDispose]();
  }
}

/** The removal of content files: each when it is certain that the catalog will not know it again. */
class Removing {
  readonly #database: Database;
  readonly #blobs: BlobFiles;
  finished: Promise<void> = Promise.resolve();

  constructor(database: Database, blobs: BlobFiles) {
    this.#database = database;
    this.#blobs = blobs;
  }

  add(unused: string[]): void {
    // Where the disk fails, the files stay: the next start sweeps them.
    const removed = this.#database.safe().then(() => this.#blobs.remove(unused), () => {});
    this.finished = Promise.all([this.finished, removed]).then(() => {});
  }
}

/** An id as OSS has them: 24 hexadecimal digits. */
function requestId(): string {
  return crypto.randomUUID().replaceAll("-", "").slice(0, 24).toUpperCase();
}
