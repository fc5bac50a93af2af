import { type AnyMessage, type CrossCommClient, CrossCommError, type ListenOptions, Message } from "../../client.ts";

/**
 * What has arrived and is not shown yet, because a download goes on. Its senders have been told that it is delivered: it
 * is not to go unseen where the program ends meanwhile.
 */
export class Arrivals {
  readonly #directory: string | undefined;
  readonly #waiting = new Map<string, AnyMessage>();

  constructor(client: CrossCommClient, { msgType, fromClientId, downloadDirectory }: ListenOptions) {
    this.#directory = downloadDirectory;
    client.messageListener({ msgType, fromClientId })((message) => void this.#waiting.set(message.msgId, message));
  }

  shown({ msgId }: AnyMessage): void {
    this.#waiting.delete(msgId);
  }

  /** Those that wait, as they are where no download goes on. */
  *rest(): Generator<AnyMessage> {
    for (const message of this.#waiting.values()) {
      const { ossKey } = message;
      if (ossKey === null || this.#directory === undefined) {
        yield message;
        continue;
      }
      const why = `${ossKey} is not downloaded, for the program ended: crosscomm download gets it with this key`;
      yield new Message({ ...message, downloadError: new CrossCommError("ABORTED", why) }) as AnyMessage;
    }
  }
}
