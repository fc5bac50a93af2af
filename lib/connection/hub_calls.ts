import { type ClientList, decodeClientList, encodeListRequest } from "../protocol/client_list.ts";
import type { Envelope } from "../protocol/envelope.ts";
import { CrossCommError } from "../protocol/errors.ts";
import { refusalIn, type StorageGrant } from "../protocol/login.ts";
import { ControlType } from "../protocol/message_types.ts";
import { grantIn, noHubFrame } from "./connection.ts";
import { handledLater, within } from "./patience.ts";

/** How long before its end, in seconds, an access key to the store is renewed. */
const RENEW_SECONDS = 60;
/** How long, in seconds, the hub may take for that. */
const RENEW_TIMEOUT_SECONDS = 10;

/** A listing that has been asked for. One that has timed out stays, to take the answer that is meant for it. */
interface PendingList {
  onlyShowOnline: boolean;
  answer: PromiseWithResolvers<ClientList>;
}

/** What a client asks its hub, and waits for the answer. */
export class HubCalls {
  readonly #ask: (msgType: ControlType, contentJson: string) => Promise<void>;
  readonly #lists: PendingList[] = [];
  #storage: StorageGrant | undefined;
  /** When the access key to the store ends, by `performance.now()`: the clock may be set back meanwhile. */
  #storageEnd = 0;
  #renewing: { done: Promise<void>; answer: PromiseWithResolvers<void> } | undefined;

  /** `ask` sends a question as soon as there is a connection. */
  constructor(ask: (msgType: ControlType, contentJson: string) => Promise<void>) {
    this.#ask = ask;
  }

  /** Asks the hub who is there. */
  async listClients(onlyShowOnline: boolean): Promise<ClientList> {
    await this.#ask(ControlType.LIST_CLIENTS, encodeListRequest(onlyShowOnline));
    const answer = handledLater<ClientList>();
    this.#lists.push({ onlyShowOnline, answer });
    return await answer.promise;
  }

  /** The hub's store, and an access key to it that is good for a while; `undefined` where the hub has none. */
  async storage(): Promise<StorageGrant | undefined> {
    if (this.#storage !== undefined && this.#secondsLeft(this.#storage) < RENEW_SECONDS) {
      this.#renewing ??= this.#renew();
      await this.#renewing.done;
    }
    return this.#storage;
  }

  /** A login has brought this. */
  grant(storage: StorageGrant | undefined): void {
    this.#storage = storage;
    if (storage !== undefined) this.#storageEnd = performance.now() + storage.expires * 1000 - Date.now();
    this.#renewing?.answer.resolve();
  }

  /**
   * Takes the hub's answer.
   *
   * @throws {CrossCommError} `WRONG_PROTOCOL` where no hub sends this.
   */
  take(envelope: Envelope): void {
    if (envelope.msgType === ControlType.LIST_CLIENTS_RESPONSE) this.#takeList(envelope);
    else if (envelope.msgType === ControlType.LOGIN_RESPONSE) this.#takeLogin(envelope);
    else throw noHubFrame(envelope);
  }

  /** The hub will not answer what it was asked. */
  lost(error: CrossCommError): void {
    for (const { answer } of this.#lists.splice(0)) answer.reject(error);
    this.#renewing?.answer.reject(error);
  }

  /** For how long an access key is good, by the clock that says less: one does not go on while this machine sleeps. */
  #secondsLeft({ expires }: StorageGrant): number {
    return Math.min(expires * 1000 - Date.now(), this.#storageEnd - performance.now()) / 1000;
  }

  /** Logs in again, which brings a new access key. */
  #renew(): { done: Promise<void>; answer: PromiseWithResolvers<void> } {
    const answer = handledLater();
    const why = `the hub has not renewed the access key to its store within ${RENEW_TIMEOUT_SECONDS} s: try again`;
    const asked = this.#ask(ControlType.LOGIN, "{}").then(() => answer.promise);
    const done = within(asked, RENEW_TIMEOUT_SECONDS, why).finally(() => this.#renewing = undefined);
    return { done, answer };
  }

  #takeList(envelope: Envelope): void {
    const list = decodeClientList(envelope.parseContent());
    const asked = this.#lists.findIndex((pending) => pending.onlyShowOnline === list?.onlyShowOnline);
    if (list !== undefined && asked >= 0) this.#lists.splice(asked, 1)[0]!.answer.resolve(list);
  }

  #takeLogin(envelope: Envelope): void {
    const refusal = refusalIn(envelope.parseContent());
    if (refusal === undefined) this.grant(grantIn(envelope));
    else this.#renewing?.answer.reject(new CrossCommError("LOGIN_REFUSED", `the hub refuses this login: ${refusal}`));
  }
}
